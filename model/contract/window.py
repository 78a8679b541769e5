"""The window: 60 daily closes, oldest first, split-adjusted and not dividend-adjusted."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import f8
from model.contract.errors import InvalidInputError

WINDOW: Final = 60
RETURNS: Final = WINDOW - 1
# A larger change in one day is more often an unadjusted split, or a mix of two shares, than a market move.
MAX_JUMP: Final = 3.0

_TINY: Final = float(np.finfo(np.float64).tiny)
_HUGE: Final = float(np.finfo(np.float64).max)


def sliding_windows(closes: f8) -> f8:
    """Return all windows of a series as a read-only view.

    Args:
        closes: Float64 [m], oldest first, in price units.

    Returns:
        Float64 [m - 59, 60]; row i ends with closes[i + 59]. Empty if m < 60.
    """
    if len(closes) < WINDOW:
        return np.empty((0, WINDOW), dtype=np.float64)
    return np.lib.stride_tricks.sliding_window_view(closes, WINDOW)


def check_windows(closes: f8, *, allow_jumps: bool = False, name: str = "close") -> None:
    """Check that windows are valid.

    Args:
        closes: Float64 [n, 60], in price units.
        allow_jumps: Accept changes by more than a factor of `MAX_JUMP` from one close to the next.
        name: Name of the input in error messages.

    Raises:
        InvalidInputError: A close is not finite, not positive, or differs too much from the close before. The message
            names row and column of the first such close.
    """
    # Fast path: minimum and maximum of the ratios suffice for valid windows; `_raise_first_fault` finds the invalid
    # close. Ratios that overflow or underflow count as jumps. Comparisons with NaN are false, so NaN is refused.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = closes[:, 1:] / closes[:, :-1]
    # Jumps are bounded even if they are allowed: the logarithm of the ratio must be finite.
    low, high = (_TINY, _HUGE) if allow_jumps else (1 / MAX_JUMP, MAX_JUMP)
    # If the first close and all ratios are positive, so are all closes. If no ratio is zero, all closes are finite.
    if not (ratio.min() >= low and ratio.max() <= high and closes[:, 0].min() > 0):
        _raise_first_fault(closes, (ratio >= low) & (ratio <= high), name)


def _raise_first_fault(closes: f8, valid_ratio: NDArray[np.bool_], name: str) -> None:
    invalid = ~((closes > 0) & (closes < np.inf))
    invalid[:, 1:] |= ~valid_ratio
    row, column = (int(i) for i in np.argwhere(invalid)[0])
    value = float(closes[row, column])
    location = f"input '{name}', row {row}, column {column}"
    if not np.isfinite(value):
        raise InvalidInputError(f"{location}: expected a finite price, got {value}")
    if value <= 0:
        raise InvalidInputError(f"{location}: expected a price above zero, got {value:.10g}")
    previous = float(closes[row, column - 1])
    raise InvalidInputError(
        f"{location}: expected a change by at most a factor of {MAX_JUMP:g} from one close to the next, got "
        f"{previous:.10g} -> {value:.10g}. This may be an unadjusted split or a mix of two shares. "
        "If the prices are correct, set the request parameter 'allow_jumps' to true"
    )
