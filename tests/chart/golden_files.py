"""Writes what the chart renders into golden/: `make golden`. A change of these files is what a reviewer reads."""

import sys
from pathlib import Path
from typing import Final

import yaml

from tests.chart.cases import FILES, arguments
from tests.chart.rendering import render

FOLDER: Final = Path(__file__).parent / "golden"


def golden_text(case: str) -> str:
    """The objects of a render in a form that does not depend on helm's version."""
    text: str = yaml.safe_dump_all(render(*arguments(case)), sort_keys=True, width=120)
    return text


def golden_file(case: str) -> Path:
    """Where the render of a case is kept."""
    return FOLDER / f"{case}.yaml"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for former in FOLDER.glob("*.yaml"):
        former.unlink()
    for case in FILES:
        golden_file(case).write_text(golden_text(case))
        sys.stdout.write(f"{golden_file(case)}\n")
