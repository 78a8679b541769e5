"""Splits: read from an option, applied to closes, and suspected where nobody told of them.

A ratio is new shares for one old: 2 for two-for-one, 1.5 for three-for-two, 0.1 for a reverse split of ten into one.
"""

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import DataQualityError, SettingsError

f8 = NDArray[np.float64]
Days = NDArray[np.datetime64]

_OPTION: Final = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d+(?:\.\d+)?)(?:[:/](\d+(?:\.\d+)?))?")
_LARGEST_RATIO: Final = 1000.0

# Finer ratios (4:3, 5:4, bonus issues of some percent) cannot be told from a bad day by the closes alone.
_CANDIDATES: Final = tuple(sorted({1.5, 2.5, *(float(n) for n in (*range(2, 11), 12, 15, 20, 25, 30, 40, 50, 100))}))
_FACTORS: Final = (*_CANDIDATES, *(1 / n for n in _CANDIDATES if n.is_integer()))
_NEIGHBOURS: Final = 20  # sessions before and after that tell how much the share usually moves
_OUT_OF_LINE: Final = 10.0  # sigma; Petrobras' worst day, 2020-03-09, was 8.6 and would pass for 3:2
_WITHIN_NOISE: Final = 3.0  # sigma
_LEAST_NOISE: Final = 0.03  # log-return
_SIGMA_FLOOR: Final = 0.004


@dataclass(frozen=True, slots=True)
class Split:
    """A split: from `date` on, closes are those of `ratio` new shares for one old.

    Attributes:
        date: first session with new shares. ratio: new shares for one old, positive and not 1.
        origin: who said so: `source`, `confirmed` (the option) or `held` (a former download).
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
    """A change from one close to the next that a split would explain; nothing was adjusted for it.

    Attributes:
        date: of the close after it. ratio: of the split that comes nearest. before, after: the closes, in price units.
    """

    date: date
    ratio: float
    before: float
    after: float

    @property
    def option(self) -> str:
        """The command-line option that confirms it."""
        return Split(self.date, self.ratio).option


def parse_split(text: str) -> Split:
    """Reads the option's value, `DATE:RATIO`.

    RATIO is new shares for one old (`2`, `1.5`, `0.1`) or new to old (`2:1`, `3:2`, `1:10`; `/` for `:` as well).

    Raises:
        SettingsError: the value has another form, the date is none, or the ratio is 1 or out of bounds.
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
    if not 1 / _LARGEST_RATIO <= ratio <= _LARGEST_RATIO or ratio == 1:
        raise SettingsError(
            f"split: expected a ratio between {1 / _LARGEST_RATIO:g} and {_LARGEST_RATIO:g} other than 1, got {text!r}"
        )
    return Split(when, ratio, "confirmed")


def later_factor(dates: Days, splits: tuple[Split, ...]) -> f8:
    """Product of the ratios of all splits after each date: float64 [n]. Adjusted close = close / factor."""
    factor = np.ones(len(dates), dtype=np.float64)
    for split in splits:
        factor[dates < np.datetime64(split.date, "D")] *= split.ratio
    return factor


def fits(dates: Days, closes: f8, split: Split) -> bool:
    """Whether the closes around a split's date come nearer to each other by adjusting for it."""
    at = int(np.searchsorted(dates, np.datetime64(split.date, "D")))
    if at == 0 or at == len(dates):
        return False
    change = math.log(closes[at] / closes[at - 1])
    return abs(change + math.log(split.ratio)) < abs(change)


def check_fits(dates: Days, closes: f8, split: Split) -> None:
    """Refuses a split that the closes contradict.

    Args:
        dates: datetime64[D] [n], increasing.
        closes: float64 [n], not adjusted for it.
        split: what was confirmed.

    Raises:
        DataQualityError: its date is outside of the data, or the closes there do not change that way.
    """
    if fits(dates, closes, split):
        return
    at = int(np.searchsorted(dates, np.datetime64(split.date, "D")))
    if at == 0 or at == len(dates):
        raise DataQualityError(f"{split.option}: expected a date after {dates[0]} and not after {dates[-1]}")
    raise DataQualityError(
        f"{split.option}: expected closes to change by about 1/{split.ratio:.6g}, got {closes[at - 1]:.10g} on "
        f"{dates[at - 1]} -> {closes[at]:.10g} on {dates[at]}; already adjusted, or another date?"
    )


def find_splits(dates: Days, closes: f8, opens: f8 | None = None) -> tuple[SuspectedSplit, ...]:
    """Looks for splits that the closes were not adjusted for.

    One is suspected where the change from a close to the next is more than 10 sigma, and both it and the gap to the
    same day's open, where that is known, are within 3 sigma (at least 3 %) of n:1, 1:n, 3:2 or 5:2. Sigma is 1.4826
    times the median absolute log-return of up to 20 sessions on each side (the MAD estimate, which a split does not
    move).

    Args:
        dates: datetime64[D] [n], increasing.
        closes: float64 [n], positive, in price units.
        opens: float64 [n], NaN (or zero) where unknown.

    Returns:
        The suspected ones by date, oldest first.
    """
    if len(closes) < 3:
        return ()
    returns = np.diff(np.log(closes))
    targets = -np.log(np.asarray(_FACTORS))
    found = []
    for k in np.flatnonzero(np.abs(returns) > _OUT_OF_LINE * _SIGMA_FLOOR):
        around = np.concatenate([returns[max(0, k - _NEIGHBOURS) : k], returns[k + 1 : k + 1 + _NEIGHBOURS]])
        sigma = max(_SIGMA_FLOOR, 1.4826 * float(np.median(np.abs(around))))
        if abs(returns[k]) <= _OUT_OF_LINE * sigma:
            continue
        nearest = int(np.argmin(np.abs(targets - returns[k])))
        noise = max(_LEAST_NOISE, _WITHIN_NOISE * sigma)
        gap = math.log(opens[k + 1] / closes[k]) if opens is not None and opens[k + 1] > 0 else returns[k]
        if abs(returns[k] - targets[nearest]) <= noise and abs(gap - targets[nearest]) <= noise:
            day: date = dates[k + 1].astype(object)
            found.append(SuspectedSplit(day, _FACTORS[nearest], float(closes[k]), float(closes[k + 1])))
    return tuple(found)
