from dataclasses import replace

import numpy as np
import pytest

from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.window import WINDOW
from model.prices.series import PriceSeries
from model.training.data_split import SplitRule, chronological_split
from model.training.dataset import windows_of
from tests.unit.model.training.conftest import cut_series


def test_parts_are_separated_by_an_embargo(whole_series: PriceSeries) -> None:
    split = chronological_split([whole_series])
    targets = windows_of([whole_series]).target_date
    train, validation, gate = (
        np.flatnonzero(part(targets)) for part in (split.in_train, split.in_validation, split.in_gate)
    )
    assert train[0] == 0
    assert validation[0] - train[-1] == 60 + 1
    assert gate[0] - validation[-1] >= 60 + 1
    assert gate[-1] == len(targets) - 1
    assert len(gate) == 250
    assert len(validation) >= 100


def test_windows_do_not_contain_targets_of_the_previous_part(whole_series: PriceSeries) -> None:
    split = chronological_split([whole_series])
    dates = whole_series.dates
    for first, before in ((split.validation_from, split.train_until), (split.gate_from, split.validation_until)):
        position = int(np.searchsorted(dates, np.datetime64(first)))
        assert dates[position - WINDOW] > np.datetime64(before)


def test_validation_starts_two_years_before_the_last_session(whole_series: PriceSeries) -> None:
    split = chronological_split([whole_series])
    last = whole_series.last
    assert 0 <= (split.validation_from - last.replace(year=last.year - 2, day=min(last.day, 28))).days <= 10
    assert split.validation_until <= last.replace(year=last.year - 1, day=min(last.day, 28))


def test_symbols_share_all_gate_dates(series: PriceSeries) -> None:
    holiday = int(np.searchsorted(series.dates, chronological_split([series]).gate[100]))
    closed = replace(series.select(np.arange(len(series)) != holiday), symbol="CLOSED")
    split = chronological_split([series, closed])
    assert series.dates[holiday] not in split.gate
    windows = windows_of([series, closed])
    in_gate = split.in_gate(windows.target_date)
    for symbol in (0, 1):
        assert np.array_equal(windows.target_date[in_gate & (windows.symbol == symbol)], split.gate)


def test_gate_ends_with_the_symbol_that_ends_first(series: PriceSeries) -> None:
    stale = replace(cut_series(series, slice(None, -5)), symbol="STALE")
    assert chronological_split([series, stale]).gate_until == stale.last


def test_too_few_sessions_are_reported_with_their_number(series: PriceSeries) -> None:
    with pytest.raises(
        NotEnoughDataError, match=rf"^{series.symbol.replace('^', '.')}: training needs 8\d\d sessions, got 700$"
    ):
        chronological_split([cut_series(series, slice(-700, None))])


def test_reported_number_of_sessions_is_sufficient(series: PriceSeries) -> None:
    counted = SplitRule(least_train=len(series))
    with pytest.raises(NotEnoughDataError) as refusal:
        chronological_split([series], counted)
    after = int(str(refusal.value).split(" needs ")[1].split()[0]) - WINDOW - len(series) - counted.embargo
    needed = WINDOW + SplitRule().least_train + SplitRule().embargo + after
    split = chronological_split([cut_series(series, slice(-needed, None))])
    targets = windows_of([cut_series(series, slice(-needed, None))]).target_date
    assert np.count_nonzero(split.in_train(targets)) == SplitRule().least_train
    with pytest.raises(NotEnoughDataError, match=f"needs {needed} sessions, got {needed - 1}"):
        chronological_split([cut_series(series, slice(-needed + 1, None))])


def test_symbols_without_common_sessions_are_refused(series: PriceSeries) -> None:
    early = replace(cut_series(series, slice(None, 100)), symbol="EARLY")
    late = cut_series(series, slice(100, None))
    with pytest.raises(
        NotEnoughDataError, match=r"the shortest is EARLY with 100\): training needs 874 sessions, got 0"
    ):
        chronological_split([early, late])


def test_too_short_validation_is_refused(series: PriceSeries) -> None:
    with pytest.raises(NotEnoughDataError, match=r"validation needs 200 sessions between .* got 1"):
        chronological_split([series], SplitRule(least_validation=200))


def test_missing_series_are_refused() -> None:
    with pytest.raises(TrainingError, match="at least one symbol"):
        chronological_split([])
