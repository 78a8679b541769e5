"""Sets of values for tests of the chart: the defaults, and each file in `ci/`."""

from pathlib import Path
from typing import Final

from tests.chart.rendering import CHART

FILES: Final[dict[str, Path | None]] = {
    "default": None,
    **{path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))},
}


def frontend_service(case: str) -> str:
    """Return the role whose Service receives the requests of clients."""
    return "transformer" if "separate" in case else "predictor"


def helm_arguments(case: str) -> list[str]:
    """Return the arguments of helm for a case."""
    path = FILES[case]
    return [] if path is None else [f"--values={path}"]
