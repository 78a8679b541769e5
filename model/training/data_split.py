"""The chronological split of sessions into training, validation and gate, with an embargo between the parts.

    ... training | embargo | validation (T-24 to T-12 months) | embargo | gate: the last 250 sessions, ending at T

A row belongs to the part of its target session. The embargo is as long as a window, so no window of a part contains a
target of the previous part. All symbols have the same bounds, and the same gate dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import Dates
from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.window import WINDOW
from model.prices.series import PriceSeries

_SESSIONS_PER_YEAR = 252  # typical number, for error messages about series that are too short

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Lengths of the parts.

    Attributes:
        gate: Number of sessions of the gate.
        embargo: Number of sessions left out before validation and before the gate.
        validation_from: Start of validation, in months before the last session.
        validation_until: End of validation, in months before the last session.
        least_train: Minimum number of target sessions for training, about a year.
        least_validation: Minimum number of target sessions for validation, about five months.
    """

    gate: int = 250
    embargo: int = WINDOW
    validation_from: int = 24
    validation_until: int = 12
    least_train: int = 250
    least_validation: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class DataSplit:
    """Target dates of each part; all bounds are inclusive.

    Attributes:
        train_until: Last target date of the rows that weights and scaler are fitted on.
        validation_from: First target date of the rows for early stopping and for the choice of lambda.
        validation_until: Last target date of these rows.
        gate: datetime64[D] [250], target dates on which every symbol has a close.
    """

    train_until: date
    validation_from: date
    validation_until: date
    gate: Dates

    @property
    def gate_from(self) -> date:
        """The gate's first target date."""
        return self.gate[0].astype(object)  # type: ignore[no-any-return]

    @property
    def gate_until(self) -> date:
        """The gate's last target date."""
        return self.gate[-1].astype(object)  # type: ignore[no-any-return]

    def in_train(self, target_dates: Dates) -> Mask:
        """Select the rows for training: datetime64[D] [n] -> bool [n]."""
        return target_dates <= np.datetime64(self.train_until)

    def in_validation(self, target_dates: Dates) -> Mask:
        """Select the rows for validation: datetime64[D] [n] -> bool [n]."""
        first, last = np.datetime64(self.validation_from), np.datetime64(self.validation_until)
        return (target_dates >= first) & (target_dates <= last)

    def in_gate(self, target_dates: Dates) -> Mask:
        """Select the rows for the gate: datetime64[D] [n] -> bool [n]."""
        return np.isin(target_dates, self.gate)


def chronological_split(series: Sequence[PriceSeries], rule: SplitRule | None = None) -> DataSplit:
    """Split the sessions that all symbols share.

    Raises:
        TrainingError: No series was given.
        NotEnoughDataError: A part would be too short. The message contains the required and the actual number.
    """
    if not series:
        raise TrainingError("series: expected prices of at least one symbol, got none")
    rule = rule or SplitRule()
    sessions: Dates = reduce(np.intersect1d, [one.dates for one in series])
    after = _sessions_after_training(sessions, rule)
    needed = WINDOW + rule.least_train + rule.embargo + after
    if len(sessions) < needed:
        raise NotEnoughDataError(f"{_described(series)}: training needs {needed} sessions, got {len(sessions)}")

    validation = len(sessions) - after
    gate = len(sessions) - rule.gate
    before_gate = int(np.searchsorted(sessions, _months_before(sessions[-1], rule.validation_until), side="right"))
    end = min(before_gate, gate - rule.embargo)
    if end - validation < rule.least_validation:
        raise NotEnoughDataError(
            f"{_described(series)}: validation needs {rule.least_validation} sessions between {sessions[validation]} "
            f"and the embargo before the gate that begins on {sessions[gate]}, got {max(0, end - validation)}"
        )
    return DataSplit(
        train_until=sessions[validation - rule.embargo - 1].astype(object),
        validation_from=sessions[validation].astype(object),
        validation_until=sessions[end - 1].astype(object),
        gate=sessions[gate:],
    )


def _sessions_after_training(sessions: Dates, rule: SplitRule) -> int:
    """Number of sessions since the start of validation, estimated if the series starts later."""
    if not len(sessions):
        return rule.validation_from * _SESSIONS_PER_YEAR // 12
    start = _months_before(sessions[-1], rule.validation_from)
    if sessions[0] > start:
        return max(len(sessions), rule.validation_from * _SESSIONS_PER_YEAR // 12)
    return int(np.count_nonzero(sessions > start))


def _months_before(day: np.datetime64, months: int) -> np.datetime64:
    """The same day of an earlier month; days beyond the end of that month continue into the next one."""
    month = day.astype("datetime64[M]")
    return (month - months).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))  # type: ignore[no-any-return]


def _described(series: Sequence[PriceSeries]) -> str:
    if len(series) == 1:
        return series[0].symbol
    shortest = min(series, key=len)
    return f"{len(series)} symbols' common sessions (the shortest is {shortest.symbol} with {len(shortest)})"
