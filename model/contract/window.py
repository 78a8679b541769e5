"""The window: 60 daily closes, oldest first, split-adjusted and not dividend-adjusted."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import InvalidInputError

WINDOW: Final = 60
RETURNS: Final = WINDOW - 1
# A larger change in one day is a split that was not adjusted or two shares mixed up, far more often than a market move.
MAX_JUMP: Final = 3.0

_TINY: Final = float(np.finfo(np.float64).tiny)
_HUGE: Final = float(np.finfo(np.float64).max)

f8 = NDArray[np.float64]


def sliding_windows(closes: f8) -> f8:
    """Every window of a series, a read-only view without copies.

    Args:
        closes: float64 [m], oldest first, in price units.

    Returns:
        float64 [m - 59, 60]; row i ends with closes[i + 59]. Empty when m < 60.
    """
    if len(closes) < WINDOW:
        return np.empty((0, WINDOW), dtype=np.float64)
    return np.lib.stride_tricks.sliding_window_view(closes, WINDOW)


def check_windows(closes: f8, *, allow_jumps: bool = False, name: str = "close") -> None:
    """Refuses windows that no forecast can be computed from.

    Args:
        closes: float64 [n, 60], in price units.
        allow_jumps: let a change by more than a factor of `MAX_JUMP` between two days pass.
        name: what the message calls the input.

    Raises:
        InvalidInputError: a value is not finite, not positive or jumps; the message names row and column, what was
            expected and what came. The first fault in reading order is named.
    """
    # Two numbers decide the usual case; which fault it was is looked for only when there is one. Ratios of positive
    # finite numbers may overflow or underflow: that is a jump too, not a warning. What is not a number passes nothing.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = closes[:, 1:] / closes[:, :-1]
    # Still bounded when jumps are allowed, or the logarithm of the ratio would be infinite.
    low, high = (_TINY, _HUGE) if allow_jumps else (1 / MAX_JUMP, MAX_JUMP)
    # With the first close all others are above zero, as no ratio changes the sign; and finite, as no ratio is zero.
    if not (ratio.min() >= low and ratio.max() <= high and closes[:, 0].min() > 0):
        _explain(closes, (ratio >= low) & (ratio <= high), name)


def _explain(closes: f8, fine: NDArray[np.bool_], name: str) -> None:
    bad = ~((closes > 0) & (closes < np.inf))
    bad[:, 1:] |= ~fine
    row, column = (int(i) for i in np.argwhere(bad)[0])
    value = float(closes[row, column])
    where = f"input '{name}', row {row}, column {column}"
    if not np.isfinite(value):
        raise InvalidInputError(f"{where}: expected a finite price, got {value}")
    if value <= 0:
        raise InvalidInputError(f"{where}: expected a price above zero, got {value:.10g}")
    before = float(closes[row, column - 1])
    raise InvalidInputError(
        f"{where}: expected a change by at most a factor of {MAX_JUMP:g} from one close to the next, got "
        f"{before:.10g} -> {value:.10g}; a split that was not adjusted, or two shares mixed? "
        "Set the request parameter 'allow_jumps' to true to let it pass"
    )
