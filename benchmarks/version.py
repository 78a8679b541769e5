"""The version served in every benchmark: trained on the packaged index with the commands of the project."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

_STEPS: Final = (("collect", "--source", "arch"), ("train",), ("evaluate",), ("export",))
Progress = Callable[[str], None]


def make_version(folder: Path) -> Path:
    """Collect, train, evaluate and export in a folder. Returns the folder with price store and models."""
    environment = {**os.environ, "NEXTCLOSE_SYMBOLS": '["^GSPC"]'}
    for step in _STEPS:
        report_progress(" ".join(["nextclose", *step]))
        command = [sys.executable, "-m", "jobs", *step]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return folder / "data"


def current_version(data: Path) -> Path:
    """The folder of the version that `data` serves."""
    versions = data / "models" / "nextclose"
    return versions / (versions / "current").read_text().strip()


def report_progress(text: str) -> None:
    """Write a progress message to stderr."""
    sys.stderr.write(f"{text}\n")
