"""Stock splits: parse them from an option, apply them to closes, and find suspected splits that were not reported.

A ratio is the number of new shares for one old share: 2 for a two-for-one split, 1.5 for three-for-two, 0.1 for a
one-for-ten reverse split.
"""

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import f8
from model.contract.errors import DataQualityError, SettingsError

Days = NDArray[np.datetime64]

_OPTION: Final = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d+(?:\.\d+)?)(?:[:/](\d+(?:\.\d+)?))?")
_MAX_RATIO: Final = 1000.0

# Smaller ratios (4:3, 5:4, bonus issues of a few percent) cannot be distinguished from a bad day by the closes alone.
_CANDIDATES: Final = tuple(sorted({1.5, 2.5, *(float(n) for n in (*range(2, 11), 12, 15, 20, 25, 30, 40, 50, 100))}))
_FACTORS: Final = (*_CANDIDATES, *(1 / n for n in _CANDIDATES if n.is_integer()))
_NEIGHBOURS: Final = 20  # sessions before and after, from which the usual volatility is estimated
_OUTLIER: Final = 10.0  # sigma; the worst day of Petrobras, 2020-03-09, was 8.6 sigma and would look like a 3:2 split
_TOLERANCE: Final = 3.0  # sigma
_MIN_TOLERANCE: Final = 0.03  # log-return
_MIN_SIGMA: Final = 0.004  # log-return


@dataclass(frozen=True, slots=True)
class StockSplit:
    """A stock split.

    Attributes:
        date: First session with the new shares.
        ratio: New shares for one old share; positive and not 1.
        origin: Origin of the information: `source`, `confirmed` (the option) or `held` (an earlier download).
    """

    date: date
    ratio: float
    origin: str = "source"

    @property
    def option(self) -> str:
        """The command-line option that confirms this split."""
        return f"--split {self.date.isoformat()}:{self.ratio:.6g}"


@dataclass(frozen=True, slots=True)
class SuspectedSplit:
    """A change from one close to the next that a split would explain. No close is adjusted for it.

    Attributes:
        date: Date of the later close.
        ratio: Ratio of the most similar split.
        before: Earlier close, in price units.
        after: Later close, in price units.
    """

    date: date
    ratio: float
    before: float
    after: float

    @property
    def option(self) -> str:
        """The command-line option that confirms this split."""
        return StockSplit(self.date, self.ratio).option


def parse_split(text: str) -> StockSplit:
    """Parse a value of the option, `DATE:RATIO`.

    RATIO is the number of new shares for one old share (`2`, `1.5`, `0.1`) or new to old shares (`2:1`, `3:2`, `1:10`,
    also with `/`).

    Raises:
        SettingsError: The value has another form, the date is invalid, or the ratio is 1 or out of range.
    """
    match = _OPTION.fullmatch(text.strip())
    if match is None:
        raise SettingsError(
            f"split: expected DATE:RATIO, as 2024-04-16:2 (2 new shares for 1 old) or 2018-11-21:3:2, got {text!r}"
        )
    day, new, old = match.groups()
    try:
        when = date.fromisoformat(day)
    except ValueError as err:
        raise SettingsError(f"split: expected a date as 2024-04-16, got {day!r}") from err
    divisor = float(old) if old else 1.0
    ratio = float(new) / divisor if divisor else math.inf
    if not 1 / _MAX_RATIO <= ratio <= _MAX_RATIO or ratio == 1:
        raise SettingsError(
            f"split: expected a ratio between {1 / _MAX_RATIO:g} and {_MAX_RATIO:g} other than 1, got {text!r}"
        )
    return StockSplit(when, ratio, "confirmed")


def split_factors(dates: Days, splits: tuple[StockSplit, ...]) -> f8:
    """Product of the ratios of all splits after each date: float64 [n]. Adjusted close = close / factor."""
    factor = np.ones(len(dates), dtype=np.float64)
    for split in splits:
        factor[dates < np.datetime64(split.date, "D")] *= split.ratio
    return factor


def closes_show_split(dates: Days, closes: f8, split: StockSplit) -> bool:
    """Whether adjusting for a split reduces the change between the closes before and on its date."""
    at = int(np.searchsorted(dates, np.datetime64(split.date, "D")))
    if at == 0 or at == len(dates):
        return False
    change = math.log(closes[at] / closes[at - 1])
    return abs(change + math.log(split.ratio)) < abs(change)


def check_split(dates: Days, closes: f8, split: StockSplit) -> None:
    """Check that the closes show a split.

    Args:
        dates: Datetime64[D] [n], increasing.
        closes: Float64 [n], not adjusted for the split.
        split: Confirmed split.

    Raises:
        DataQualityError: The date is outside of the data, or the closes contradict the ratio.
    """
    if closes_show_split(dates, closes, split):
        return
    at = int(np.searchsorted(dates, np.datetime64(split.date, "D")))
    if at == 0 or at == len(dates):
        raise DataQualityError(f"{split.option}: expected a date after {dates[0]} and not after {dates[-1]}")
    raise DataQualityError(
        f"{split.option}: expected closes to change by about 1/{split.ratio:.6g}, got {closes[at - 1]:.10g} on "
        f"{dates[at - 1]} -> {closes[at]:.10g} on {dates[at]}; already adjusted, or another date?"
    )


def find_splits(dates: Days, closes: f8, opens: f8 | None = None) -> tuple[SuspectedSplit, ...]:
    """Find suspected splits that the closes were not adjusted for.

    A split is suspected if the change from one close to the next is more than 10 sigma and within 3 sigma (at least
    3 %) of n:1, 1:n, 3:2 or 5:2. If the open of the later day is known, the change from the close to that open must
    be within the same tolerance. Sigma is 1.4826 times the median absolute log-return of up to 20 sessions on each side
    (the MAD estimate, which one split does not affect).

    Args:
        dates: Datetime64[D] [n], increasing.
        closes: Float64 [n], positive, in price units.
        opens: Float64 [n]; NaN or zero: unknown.

    Returns:
        The suspected splits by date, oldest first.
    """
    if len(closes) < 3:
        return ()
    returns = np.diff(np.log(closes))
    targets = -np.log(np.asarray(_FACTORS))
    found = []
    for k in np.flatnonzero(np.abs(returns) > _OUTLIER * _MIN_SIGMA):
        neighbours = np.concatenate([returns[max(0, k - _NEIGHBOURS) : k], returns[k + 1 : k + 1 + _NEIGHBOURS]])
        sigma = max(_MIN_SIGMA, 1.4826 * float(np.median(np.abs(neighbours))))
        if abs(returns[k]) <= _OUTLIER * sigma:
            continue
        nearest = int(np.argmin(np.abs(targets - returns[k])))
        tolerance = max(_MIN_TOLERANCE, _TOLERANCE * sigma)
        gap = math.log(opens[k + 1] / closes[k]) if opens is not None and opens[k + 1] > 0 else returns[k]
        if abs(returns[k] - targets[nearest]) <= tolerance and abs(gap - targets[nearest]) <= tolerance:
            day: date = dates[k + 1].astype(object)
            found.append(SuspectedSplit(day, _FACTORS[nearest], float(closes[k]), float(closes[k + 1])))
    return tuple(found)
