"""Quantile levels of every forecast, and the central intervals between them."""

from collections.abc import Sequence
from typing import Final

LEVELS: Final = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
MEDIAN: Final = LEVELS.index(0.50)
LEVELS_TEXT: Final = ",".join(f"{level:g}" for level in LEVELS)

# Central interval in percent -> positions of its lower and upper bound in LEVELS.
INTERVALS: Final = {50: (2, 4), 80: (1, 5), 90: (0, 6)}


def interval(quantiles: Sequence[float], percent: int) -> tuple[float, float]:
    """Lower and upper bound of a central interval.

    Args:
        quantiles: Values at `LEVELS`.
        percent: 50, 80 or 90.
    """
    lower, upper = INTERVALS[percent]
    return quantiles[lower], quantiles[upper]
