"""The pair that `python -m tests.fuzz` starts: a version trained on real prices, both processes with their defaults."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.fuzz.targets import Target, pair_targets
from tests.serving.processes import start_pair

_SYMBOL: Final = "PETR4.SA"
_PACKAGED: Final = "^GSPC"


def train_version(folder: Path, report: Callable[[str], None]) -> Path:
    """Collect prices and train a version with the commands of the project.

    Prices come from the folder that NEXTCLOSE_TEST_PRICES names, else from the index that `arch` ships.

    Returns:
        The folder with prices and models.
    """
    prices = os.environ.get("NEXTCLOSE_TEST_PRICES")
    symbol = _SYMBOL if prices else _PACKAGED
    source = ["--csv", str(Path(prices).resolve() / f"{_SYMBOL}.csv")] if prices else ["--source", "arch"]
    environment = {**os.environ, "NEXTCLOSE_SYMBOLS": json.dumps([symbol])}
    for step in (["collect", *source], ["train"], ["evaluate"], ["export"]):
        report(f"nextclose {' '.join(step)}")
        command = [sys.executable, "-m", "jobs", *step]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return folder / "data"


@contextmanager
def running_pair(data: Path | None, report: Callable[[str], None]) -> Iterator[list[Target]]:
    """Start a pair, wait until it is ready, and end it.

    Args:
        data: Folder with prices and models; None: a version is trained.
        report: Takes lines of text for people.
    """
    with tempfile.TemporaryDirectory(prefix="nextclose-fuzz-") as folder:
        served = data or train_version(Path(folder), report)
        pair = start_pair(Path(folder), served / "models", served)
        try:
            pair.transformer.await_status(200)
            yield pair_targets(pair, Path(folder) / "p.sock")
        finally:
            pair.stop()
