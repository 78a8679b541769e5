"""Whether a new download agrees with what is held: the past does not change, but by adjustment."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries

f8 = NDArray[np.float64]

# Sources round closes differently, to a cent at the coarsest.
_RELATIVE: Final = 0.002
_CENT: Final = 0.0051


def check_agreement(held: PriceSeries, new: PriceSeries) -> None:
    """Refuses a series that has less than the one held, or another past.

    The past is the same when the closes as traded are, or when the adjusted closes are up to one factor for all days:
    that is what a split since the last download does. The newest close held is not compared.

    Raises:
        DataQualityError: a session held is not in the new series (the first is named, with their number), or a close
            differs beyond adjustment and rounding (the first is named).
    """
    where = f"{new.source} {new.symbol}"
    lost = np.setdiff1d(held.dates, new.dates)
    if len(lost):
        raise DataQualityError(
            f"{where}: expected every session held before ({len(held)}, from {held.source}), got none for {lost[0]}"
            + (f" and {len(lost) - 1} more" if len(lost) > 1 else "")
        )
    at = np.searchsorted(new.dates, held.dates)
    # The newest close held may have been provisional: sources mend it the day after.
    settled = held.dates < held.dates[-1]
    differs = _differs(held.close, new.close[at]) & settled
    if not differs.any():
        return
    ratio = new.adjusted[at] / held.adjusted
    if not (_differs(held.adjusted * np.median(ratio), new.adjusted[at]) & settled).any():
        return
    k = int(np.argmax(differs))
    raise DataQualityError(
        f"{where}: expected the closes held before (from {held.source}) beyond adjustment, got {new.close[at][k]:.10g} "
        f"for {held.close[k]:.10g} on {held.dates[k]}"
        + (f" and {differs.sum() - 1} more that differ" if differs.sum() > 1 else "")
    )


def same_prices(held: PriceSeries, new: PriceSeries) -> bool:
    """Whether two series have the same dates, closes and adjusted closes, exactly."""
    return held.digest == new.digest and np.array_equal(held.close, new.close)


def _differs(expected: f8, got: f8) -> NDArray[np.bool_]:
    return np.abs(got - expected) > np.maximum(_RELATIVE * expected, _CENT)
