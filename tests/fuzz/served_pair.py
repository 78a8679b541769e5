"""The pair for `python -m tests.fuzz`: both processes with default settings, and a version trained on real prices."""

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

    Prices are read from the folder given by NEXTCLOSE_TEST_PRICES. Without it, the index packaged with `arch` is used.

    Returns:
        The folder with price store and models.
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
    """Run a pair that is ready, and stop it afterwards.

    Args:
        data: Folder with price store and models; None trains a version.
        report: Called with progress messages.
    """
    with tempfile.TemporaryDirectory(prefix="nextclose-fuzz-") as folder:
        served = data or train_version(Path(folder), report)
        pair = start_pair(Path(folder), served / "models", served)
        try:
            pair.transformer.await_status(200)
            yield pair_targets(pair, Path(folder) / "p.sock")
        finally:
            pair.stop()
