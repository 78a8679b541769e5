"""Nowhere to write: a file where a folder belongs, and a disk that is full."""

import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.nextclose import run_several
from tests.cli.workplace import Stepped
from tests.conftest import PricesFile

_SMALL = 48 * 1024  # bytes: less than stored prices, a candidate or a version need


@pytest.fixture
def workplace(stepped: Stepped, tmp_path: Path) -> Path:
    """A workplace that a test may spoil."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder where little can be written: a small file system; where none can be mounted, files are kept small."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = _call("mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "none", str(disk))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        # Inherited by what is started here; Python has the signal ignored, so that a write fails with EFBIG.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL // 4, limits[1]))
    try:
        yield disk
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        if mounted:
            assert _call("umount", str(disk))


def _call(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_a_file_where_a_folder_belongs(workplace: Path, prices_file: PricesFile) -> None:
    symbol = ("-s", prices_file.symbol)
    (workplace / "file").write_text("")
    shutil.rmtree(workplace / "data/prices")
    (workplace / "data/prices").write_text("")
    work = {"NEXTCLOSE_WORK": "file"}
    trained, evaluated, collected = run_several(
        workplace,
        ("train", *symbol),
        ("evaluate",),
        ("collect", *symbol, "--csv", prices_file.path),
        variables=[work, work, {}],
    )
    assert "Not a directory" in trained.failed()
    assert "file/nextclose" in evaluated.failed()
    assert collected.failed() == f"prices of {symbol[1]}: cannot be written: File exists"


def test_a_place_for_candidates_that_is_none_is_told_before_the_training(
    workplace: Path, prices_file: PricesFile
) -> None:
    (workplace / "file").write_text("")
    (done,) = run_several(workplace, ("train", "-s", prices_file.symbol), variables=[{"NEXTCLOSE_WORK": "file"}])
    assert done.failed() == "file: File exists"


def test_a_full_disk(workplace: Path, small_disk: Path, prices_file: PricesFile) -> None:
    symbol = ("-s", prices_file.symbol)
    trained, exported, collected = run_several(
        workplace,
        ("train", *symbol),
        ("export",),
        ("collect", *symbol, "--csv", prices_file.path),
        variables=[
            {"NEXTCLOSE_WORK": small_disk / "work"},
            {"NEXTCLOSE_MODELS": small_disk / "models"},
            {"NEXTCLOSE_STORE": small_disk / "store"},
        ],
    )
    for done in (trained, exported, collected):
        line = done.failed()
        assert "No space left on device" in line or "File too large" in line
    assert "cannot write a version" in exported.failed()
    assert f"prices of {symbol[1]}: cannot be written" in collected.failed()
    assert list((small_disk / "work").iterdir()) == [], "nothing half-written stays"
    assert list((small_disk / "models" / "nextclose").iterdir()) == []
    assert not list(small_disk.rglob("*.parquet"))
