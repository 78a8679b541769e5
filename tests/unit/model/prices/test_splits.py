from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import DataQualityError, SettingsError
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.splits import Split, check_fits, find_splits, later_factor, parse_split

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
def test_option_forms(text: str, day: date, ratio: float) -> None:
    assert parse_split(text) == Split(day, ratio, "confirmed")


@pytest.mark.parametrize(
    "text",
    ["", "2024-04-16", "2024-04-16:", "2024-04-16:0", "2024-04-16:1", "2024-04-16:2:2", "2024-04-16:-2", "2024-04-16:x",
     "2024-02-30:2", "16/04/2024:2", "2024-04-16:2:1:1", "2024-04-16:2:0", "2024-04-16:nan", "2024-04-16:1e9",
     "2024-04-16:99999"],
)  # fmt: skip
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="split: expected"):
        parse_split(text)


@given(st.sampled_from([2.0, 1.5, 0.1, 10.0, 3.0, 0.04]), st.dates(date(1999, 1, 4), date(2026, 1, 1)))
def test_the_option_shown_confirms_the_split(ratio: float, day: date) -> None:
    split = Split(day, ratio, "confirmed")
    assert parse_split(split.option.removeprefix("--split ")) == split


def test_real_prices_have_no_suspected_split(cleaned: Cleaned) -> None:
    assert cleaned[1].suspected == ()
    assert find_splits(cleaned[0].dates, cleaned[0].adjusted) == ()  # nor without opens


@pytest.mark.parametrize("ratio", [2.0, 3.0, 1.5, 10.0, 0.1, 0.5])
def test_a_split_put_into_real_prices_is_found_and_undone(cleaned: Cleaned, ratio: float) -> None:
    series = cleaned[0]
    # A usual week; 3:2 in a crash cannot be told from the crash.
    returns = np.abs(np.diff(np.log(series.adjusted)))
    at = 60 + int(np.argmin(np.convolve(returns[60:-60], np.ones(11), mode="valid"))) + 5
    day: date = series.dates[at].astype(object)
    split = Split(day, ratio)
    traded = series.adjusted * later_factor(series.dates, (split,))

    (found,) = find_splits(series.dates, traded)

    assert found.date == day
    assert found.ratio == pytest.approx(ratio)
    assert parse_split(found.option.removeprefix("--split ")).ratio == pytest.approx(ratio, rel=1e-5)
    check_fits(series.dates, traded, split)
    np.testing.assert_allclose(traded / later_factor(series.dates, (split,)), series.adjusted, rtol=1e-12)


def test_the_open_tells_a_crash_in_the_session_from_a_split() -> None:
    dates = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    closes = 100.0 + np.tile([0.0, 1.0], 30)
    closes[30:] /= 2
    opens = closes.copy()
    assert [s.ratio for s in find_splits(dates, closes, opens)] == [2.0]
    opens[30] = closes[29] * 0.9  # opened near the day before, fell during the day
    assert find_splits(dates, closes, opens) == ()
    opens[30] = np.nan  # not known
    assert [s.ratio for s in find_splits(dates, closes, opens)] == [2.0]


def test_a_split_that_the_closes_contradict_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    day: date = series.dates[100].astype(object)
    with pytest.raises(DataQualityError, match=f"--split {day}:2: expected closes to change by about 1/2, got"):
        check_fits(series.dates, series.adjusted, Split(day, 2.0))
    with pytest.raises(DataQualityError, match="expected a date after"):
        check_fits(series.dates, series.adjusted, Split(date(2050, 1, 1), 2.0))


def test_splits_multiply() -> None:
    dates = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    splits = (Split(date(2020, 1, 2), 2.0), Split(date(2020, 1, 3), 0.1))
    np.testing.assert_allclose(later_factor(dates, splits), [0.2, 0.1, 1.0])
