"""Values that the chart is rendered with in tests: none, and each file of `ci/`."""

from pathlib import Path
from typing import Final

from tests.chart.rendering import CHART

FILES: Final[dict[str, Path | None]] = {
    "default": None,
    **{path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))},
}


def front(case: str) -> str:
    """The role whose Service clients ask."""
    return "transformer" if "separate" in case else "predictor"


def arguments(case: str) -> list[str]:
    """The arguments of helm for a case."""
    path = FILES[case]
    return [] if path is None else [f"--values={path}"]
