"""Agreement of a new download with the stored series: past closes may only change by adjustment."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import f8
from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries

# Sources round closes differently, at most to a cent.
_RELATIVE_TOLERANCE: Final = 0.002
_ABSOLUTE_TOLERANCE: Final = 0.0051


def check_agreement(stored: PriceSeries, new: PriceSeries) -> None:
    """Check that a new series contains all stored sessions with the same closes.

    The closes agree if the closes as traded are equal, or if the adjusted closes differ by one factor for all days: a
    split since the last download has that effect. The newest stored close is not compared.

    Raises:
        DataQualityError: A stored session is missing in the new series (names the first, with the number of the
            others), or a close differs by more than adjustment and rounding (names the first).
    """
    where = f"{new.source} {new.symbol}"
    missing = np.setdiff1d(stored.dates, new.dates)
    if len(missing):
        raise DataQualityError(
            f"{where}: expected all {len(stored)} stored sessions (from {stored.source}), got no close for {missing[0]}"
            + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
        )
    at = np.searchsorted(new.dates, stored.dates)
    # The newest stored close may have been provisional: sources correct it the next day.
    settled = stored.dates < stored.dates[-1]
    differs = _differs(stored.close, new.close[at]) & settled
    if not differs.any():
        return
    ratio = new.adjusted[at] / stored.adjusted
    if not (_differs(stored.adjusted * np.median(ratio), new.adjusted[at]) & settled).any():
        return
    k = int(np.argmax(differs))
    raise DataQualityError(
        f"{where}: expected the stored closes (from {stored.source}) except for adjustment, got "
        f"{new.close[at][k]:.10g} instead of {stored.close[k]:.10g} on {stored.dates[k]}"
        + (f" and {differs.sum() - 1} more that differ" if differs.sum() > 1 else "")
    )


def same_prices(stored: PriceSeries, new: PriceSeries) -> bool:
    """Whether two series have exactly the same dates, closes as traded and adjusted prices."""
    return stored.digest == new.digest and np.array_equal(stored.close, new.close)


def _differs(expected: f8, got: f8) -> NDArray[np.bool_]:
    return np.abs(got - expected) > np.maximum(_RELATIVE_TOLERANCE * expected, _ABSOLUTE_TOLERANCE)
