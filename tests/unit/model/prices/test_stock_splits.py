from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import DataQualityError, SettingsError
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.stock_splits import StockSplit, check_split, find_splits, parse_split, split_factors

Cleaned = tuple[PriceSeries, QualityReport]


@pytest.mark.parametrize(
    ("text", "day", "ratio"),
    [
        ("2024-04-16:2", date(2024, 4, 16), 2.0),
        ("2024-04-16:2:1", date(2024, 4, 16), 2.0),
        ("2018-11-21:3:2", date(2018, 11, 21), 1.5),
        ("2018-11-21:3/2", date(2018, 11, 21), 1.5),
        ("2018-11-21:1.5", date(2018, 11, 21), 1.5),
        ("2020-01-02:1:10", date(2020, 1, 2), 0.1),
        ("2020-01-02:0.1", date(2020, 1, 2), 0.1),
    ],
)
def test_supported_option_forms_are_parsed(text: str, day: date, ratio: float) -> None:
    assert parse_split(text) == StockSplit(day, ratio, "confirmed")


@pytest.mark.parametrize(
    "text",
    ["", "2024-04-16", "2024-04-16:", "2024-04-16:0", "2024-04-16:1", "2024-04-16:2:2", "2024-04-16:-2", "2024-04-16:x",
     "2024-02-30:2", "16/04/2024:2", "2024-04-16:2:1:1", "2024-04-16:2:0", "2024-04-16:nan", "2024-04-16:1e9",
     "2024-04-16:99999"],
)  # fmt: skip
def test_other_option_forms_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="split: expected"):
        parse_split(text)


@given(st.sampled_from([2.0, 1.5, 0.1, 10.0, 3.0, 0.04]), st.dates(date(1999, 1, 4), date(2026, 1, 1)))
def test_option_of_a_split_parses_to_the_same_split(ratio: float, day: date) -> None:
    split = StockSplit(day, ratio, "confirmed")
    assert parse_split(split.option.removeprefix("--split ")) == split


def test_real_prices_have_no_suspected_split(cleaned: Cleaned) -> None:
    assert cleaned[1].suspected == ()
    assert find_splits(cleaned[0].dates, cleaned[0].adjusted) == ()  # without opens, too


@pytest.mark.parametrize("ratio", [2.0, 3.0, 1.5, 10.0, 0.1, 0.5])
def test_artificial_split_in_real_prices_is_found_and_adjusted(cleaned: Cleaned, ratio: float) -> None:
    series = cleaned[0]
    # A calm week: a 3:2 split during a crash cannot be distinguished from the crash.
    returns = np.abs(np.diff(np.log(series.adjusted)))
    at = 60 + int(np.argmin(np.convolve(returns[60:-60], np.ones(11), mode="valid"))) + 5
    day: date = series.dates[at].astype(object)
    split = StockSplit(day, ratio)
    traded = series.adjusted * split_factors(series.dates, (split,))

    (found,) = find_splits(series.dates, traded)

    assert found.date == day
    assert found.ratio == pytest.approx(ratio)
    assert parse_split(found.option.removeprefix("--split ")).ratio == pytest.approx(ratio, rel=1e-5)
    check_split(series.dates, traded, split)
    np.testing.assert_allclose(traded / split_factors(series.dates, (split,)), series.adjusted, rtol=1e-12)


def test_open_distinguishes_a_crash_during_the_session_from_a_split() -> None:
    dates = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    closes = 100.0 + np.tile([0.0, 1.0], 30)
    closes[30:] /= 2
    opens = closes.copy()
    assert [s.ratio for s in find_splits(dates, closes, opens)] == [2.0]
    opens[30] = closes[29] * 0.9  # opened near the day before, fell during the day
    assert find_splits(dates, closes, opens) == ()
    opens[30] = np.nan  # unknown
    assert [s.ratio for s in find_splits(dates, closes, opens)] == [2.0]


def test_split_that_the_closes_contradict_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    day: date = series.dates[100].astype(object)
    with pytest.raises(DataQualityError, match=f"--split {day}:2: expected closes to change by about 1/2, got"):
        check_split(series.dates, series.adjusted, StockSplit(day, 2.0))
    with pytest.raises(DataQualityError, match="expected a date after"):
        check_split(series.dates, series.adjusted, StockSplit(date(2050, 1, 1), 2.0))


def test_factors_of_several_splits_are_multiplied() -> None:
    dates = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    splits = (StockSplit(date(2020, 1, 2), 2.0), StockSplit(date(2020, 1, 3), 0.1))
    np.testing.assert_allclose(split_factors(dates, splits), [0.2, 0.1, 1.0])
