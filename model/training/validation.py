"""Measures on the validation part, and the choice of lambda that they decide."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import TrainingError
from model.training.dataset import Windows

f8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Validation:
    """What the validation part says of a fit.

    Attributes:
        rows: how many there were.
        pinball_before, pinball: mean pinball loss in sigma before the first epoch and with the weights that were kept.
        mase: of the network's own median, before lambda.
    """

    rows: int
    pinball_before: float
    pinball: float
    mase: float


def mean_scaled_error(windows: Windows, median: f8) -> float:
    """MASE against the last close on the same points, mean over the symbols (after Hyndman and Koehler 2006).

    mean |following - median| / mean |following - last|, for each symbol by itself as price levels differ.

    Args:
        windows: n rows.
        median: float64 [n], in price units.

    Raises:
        TrainingError: a symbol's close never changed, so nothing can be scaled by its changes.
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
    """Lambda: 1, or 0 (the forecast is the last close) where the median's validation MASE is above a limit."""
    return 0.0 if mase > above else 1.0
