"""Measures on the validation part, and the choice of lambda by them."""

from dataclasses import dataclass

import numpy as np

from model.contract.arrays import f8
from model.contract.errors import TrainingError
from model.training.dataset import TrainingWindows


@dataclass(frozen=True, slots=True)
class Validation:
    """Measures of a fit on the validation part.

    Attributes:
        rows: Number of rows.
        pinball_before: Mean pinball loss before the first epoch, in sigma.
        pinball: Mean pinball loss with the weights that were kept, in sigma.
        mase: MASE of the network's own median, before lambda is applied.
    """

    rows: int
    pinball_before: float
    pinball: float
    mase: float


def mean_scaled_error(windows: TrainingWindows, median: f8) -> float:
    """MASE against the last close on the same points, mean over the symbols (after Hyndman and Koehler 2006).

    mean |following - median| / mean |following - last|, computed per symbol because price levels differ.

    Args:
        windows: The n rows to measure.
        median: float64 [n], in price units.

    Raises:
        TrainingError: A symbol's close never changed, so the naive error is zero.
    """
    ratios = []
    for position in np.unique(windows.symbol):
        rows = windows.symbol == position
        naive = float(np.abs(windows.following - windows.last)[rows].mean())
        if naive == 0:
            raise TrainingError(f"{windows.symbols[position]}: expected closes that change, got the same in every row")
        ratios.append(float(np.abs(windows.following - median)[rows].mean()) / naive)
    return float(np.mean(ratios))


def choose_shrink(mase: float, above: float) -> float:
    """Lambda: 0 (the point forecast is the last close) if the median's validation MASE is above the limit, else 1."""
    return 0.0 if mase > above else 1.0
