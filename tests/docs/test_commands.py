"""The commands of the README and the quick start, run unchanged in a clean copy of the checkout."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import PricesFile
from tests.docs.blocks import ROOT, blocks_of
from tests.docs.checkout import WITHOUT_PRICES, Reader, clean_copy
from tests.docs.prices import petrobras
from tests.programs import require_program

READ: Final = (ROOT / "README.md", ROOT / "docs" / "quick-start.md")
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "manifests" / "README.md"])


# Each document once, and both kinds of readers: the replacements of readers without prices are checked for both below.
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("path", "prices"), list(zip(READ, (False, True), strict=True)), ids=["README", "quick-start"])
def test_blocks_run(path: Path, prices: bool, prices_file: PricesFile, tmp_path: Path) -> None:
    require_program("curl")
    folder = tmp_path / "checkout"
    folder.mkdir()
    reader = Reader(clean_copy(folder), petrobras(prices_file, tmp_path) if prices else None)
    output = ""
    try:
        for block in blocks_of(path):
            if block.here:
                output += reader.follow(block)
    finally:
        reader.stop()
    symbol = "PETR4.SA" if prices else "^GSPC"
    for words in ("forecast", "90 % interval", "tomorrow = today", '"model_version"', f"{symbol}, close of"):
        assert words in output, words


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_documents_give_alternatives_for_readers_without_prices(path: Path) -> None:
    text = "".join(block.text for block in blocks_of(path) if block.here)
    for usual, replacement in WITHOUT_PRICES.items():
        if usual in text:
            assert replacement.strip() in text, replacement
    assert next(iter(WITHOUT_PRICES)) in text


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_documents_have_blocks_for_this_machine_and_for_a_cluster(path: Path) -> None:
    blocks = blocks_of(path)
    assert sum(block.here for block in blocks) >= 3
    assert any(block.on_a_cluster for block in blocks)
    assert all(len(block.not_run.split()) > 2 for block in blocks if block.not_run), "a reason in words"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_of_every_page_are_valid_shell(path: Path) -> None:
    for block in blocks_of(path):
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        # Usage lines of the reference are not commands: `$ nextclose collect [OPTIONS]`.
        if not block.text.startswith("$ "):
            assert done.returncode == 0, f"{block.place}: {done.stderr}"
