from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from model.contract.errors import DataQualityError, SettingsError
from model.prices import calendars
from model.prices.clean import clean
from model.prices.parquet import check_series
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries, consistent_bars
from model.prices.sources.source import RawPrices
from model.prices.stock_splits import StockSplit, split_factors

Cleaned = tuple[PriceSeries, QualityReport]


def _reasons(report: QualityReport) -> dict[str, tuple[date, ...]]:
    return {dropped.reason: dropped.dates for dropped in report.dropped}


def _row(day: str, close: float, volume: float) -> dict[str, object]:
    return {
        "date": pd.Timestamp(day), "open": close, "high": close, "low": close, "close": close, "volume": volume,
    }  # fmt: skip


def _with_rows(raw: RawPrices, *rows: dict[str, object]) -> RawPrices:
    more = pd.DataFrame(list(rows), index=range(90_001, 90_001 + len(rows)))
    return replace(raw, frame=pd.concat([raw.frame, more[list(raw.frame.columns)]]))


def _holiday(series: PriceSeries) -> tuple[date, float]:
    """A weekday in the range of the series that is not a session, and the close before it."""
    for at in range(len(series) - 1):
        day: date = series.dates[at].astype(object) + timedelta(days=1)
        session = len(calendars.sessions_between(series.calendar, day, day)) > 0
        if day.weekday() < 5 and not session and series.dates[at + 1] > np.datetime64(day, "D"):
            return day, float(series.close[at])
    raise AssertionError("no holiday in the series")


def test_real_prices_are_cleaned(raw: RawPrices, cleaned: Cleaned) -> None:
    series, report = cleaned
    check_series(series)
    assert report.rows_read == len(raw.frame)
    assert report.rows_kept == len(series) == report.rows_read - sum(len(d.dates) for d in report.dropped)
    assert (report.first, report.last) == (series.first, series.last)
    sessions = calendars.sessions_between(series.calendar, series.first, series.last)
    assert set(series.dates) == set(sessions) - {np.datetime64(day, "D") for day in report.missing}
    assert series.upcoming[0].date > series.last
    np.testing.assert_array_equal(series.close, series.adjusted)
    known = consistent_bars(series.adjusted, series.bars)
    assert known.mean() > 0.5  # the packaged index has no opens before 2000
    assert np.isnan(series.bars.open[~known]).all()


def test_bars_that_contradict_each_other_are_stored_as_unknown(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    frame = raw.frame.copy()
    at = frame.index[-3:]
    frame.loc[at[0], "high"] = frame.loc[at[0], "close"] * 0.9
    frame.loc[at[1], "low"] = 0.0  # unknown
    frame.loc[at[2], "high"] = frame.loc[at[2], ["open", "close"]].max() * (1 - 1e-9)  # rounding
    series, report = clean(replace(raw, frame=frame), now=now)
    np.testing.assert_array_equal(np.isnan(series.bars.open[-3:]), [True, True, False])
    np.testing.assert_array_equal(np.isnan(series.bars.high[-3:]), [True, True, False])
    np.testing.assert_array_equal(series.bars.volume, cleaned[0].bars.volume)
    assert report.contradicting == (series.dates[-3].astype(object),)


def test_source_with_closes_only_has_unknown_bars(raw: RawPrices, now: datetime) -> None:
    series, report = clean(replace(raw, frame=raw.frame[["date", "close"]]), now=now)
    assert all(np.isnan(values).all() for values in series.bars.columns().values())
    assert report.contradicting == ()


def test_rows_are_sorted_and_duplicates_dropped(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    shuffled = pd.concat([raw.frame, raw.frame.iloc[[10, 11]]]).sample(frac=1, random_state=1)
    shuffled.index = pd.RangeIndex(len(shuffled))
    series, report = clean(replace(raw, frame=shuffled), now=now)
    assert series.digest == cleaned[0].digest
    assert not report.sorted
    assert len(_reasons(report)["duplicate row"]) == 2


def test_different_rows_for_one_day_are_refused(raw: RawPrices, now: datetime) -> None:
    row = raw.frame.iloc[10]
    day = f"{row['date']:%Y-%m-%d}"
    with pytest.raises(DataQualityError, match=f"expected one row for {day}, got row 12 .* and row 90001"):
        clean(_with_rows(raw, _row(day, row["close"] + 1, 5.0)), now=now)


def test_missing_or_negative_close_is_refused(raw: RawPrices, now: datetime) -> None:
    for value, expected in ((np.nan, "expected a value, got none"), (-2.0, r"expected a price above zero, got -2\.0")):
        frame = raw.frame.copy()
        frame.loc[frame.index[7], "close"] = value
        with pytest.raises(DataQualityError, match=expected):
            clean(replace(raw, frame=frame), now=now)


def test_repeated_close_without_volume_on_a_holiday_is_dropped(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    day, before = _holiday(cleaned[0])
    without_day = replace(raw, frame=raw.frame[raw.frame["date"] != pd.Timestamp(day)])
    series, report = clean(_with_rows(without_day, _row(str(day), before, 0.0)), now=now)
    assert series.digest == cleaned[0].digest
    assert day in _reasons(report)["zero volume and the close of the previous day"]


def test_day_off_the_calendar_is_kept_only_with_volume(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    day, before = _holiday(cleaned[0])
    without_day = replace(raw, frame=raw.frame[raw.frame["date"] != pd.Timestamp(day)])
    series, report = clean(_with_rows(without_day, _row(str(day), before * 1.01, 0.0)), now=now)
    assert _reasons(report)["not a session, and no volume"] == (day,)
    assert len(series) == len(cleaned[0])
    series, report = clean(_with_rows(without_day, _row(str(day), before * 1.01, 1000.0)), now=now)
    assert report.surplus == (day,)
    assert len(series) == len(cleaned[0]) + 1


def test_repeated_close_on_a_holiday_is_dropped_without_volumes(
    raw: RawPrices, cleaned: Cleaned, now: datetime
) -> None:
    day, before = _holiday(cleaned[0])
    kept = {np.datetime64(d, "ns") for d in cleaned[0].dates}
    frame = raw.frame[raw.frame["date"].isin(kept)].drop(columns="volume")
    bare = replace(raw, frame=pd.concat([frame, pd.DataFrame([{"date": pd.Timestamp(day), "close": before}])]))
    series, report = clean(bare, now=now)
    assert series.digest == cleaned[0].digest
    assert _reasons(report) == {"not a session, and no volume": (day,)}


def test_missing_session_is_reported(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    day = cleaned[0].dates[50]
    series, report = clean(replace(raw, frame=raw.frame[raw.frame["date"] != day]), now=now)
    assert set(report.missing) - set(cleaned[1].missing) == {day.astype(object)}
    assert len(series) == len(cleaned[0]) - 1


def test_unfinished_session_is_dropped(raw: RawPrices, cleaned: Cleaned) -> None:
    last = cleaned[0].last
    (session,) = calendars.next_sessions(cleaned[0].calendar, last - timedelta(days=1), 1)
    assert session.date == last
    for now, kept in (
        (session.close - timedelta(minutes=1), False),
        (session.close + timedelta(minutes=10), False),  # the price of the closing auction may not be published yet
        (session.close + timedelta(hours=1), True),
    ):
        series, report = clean(raw, now=now)
        assert (series.last == last) is kept
        assert ("the session has not ended" in _reasons(report)) is not kept
        assert report.sessions_behind == 0 if kept else report.sessions_behind <= 1


def test_days_in_the_future_are_dropped_and_reported(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    future = _with_rows(raw, _row("2030-01-02", 10.0, 5.0), _row("2030-01-03", 11.0, 5.0))
    series, report = clean(future, now=now)
    assert series.digest == cleaned[0].digest
    assert _reasons(report)["in the future"] == (date(2030, 1, 2), date(2030, 1, 3))


def test_no_remaining_row_raises_data_quality_error(raw: RawPrices) -> None:
    with pytest.raises(DataQualityError, match="got none after cleaning"):
        clean(raw, now=datetime(1990, 1, 1, tzinfo=UTC))


def test_closes_as_traded_are_restored_from_adjusted_ones(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    day: date = cleaned[0].dates[200].astype(object)
    source = replace(raw, splits=(StockSplit(day, 2.0), StockSplit(date(1990, 1, 2), 3.0)), split_adjusted=True)
    series, report = clean(source, now=now)
    np.testing.assert_array_equal(series.adjusted, cleaned[0].adjusted)
    np.testing.assert_allclose(series.close[:200], 2 * cleaned[0].close[:200])
    np.testing.assert_array_equal(series.close[200:], cleaned[0].close[200:])
    assert report.splits == (StockSplit(day, 2.0),)  # the other split was before the first close


def _as_traded(raw: RawPrices, split: StockSplit) -> RawPrices:
    frame = raw.frame.copy()
    factor = split_factors(frame["date"].to_numpy().astype("datetime64[D]"), (split,))
    for column in ("open", "high", "low", "close"):
        frame[column] *= factor
    return replace(raw, frame=frame)


def test_split_is_suspected_until_it_is_confirmed(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    split = StockSplit(cleaned[0].dates[120].astype(object), 4.0, "confirmed")
    series, report = clean(_as_traded(raw, split), now=now)
    assert [found.option for found in report.suspected] == [split.option]
    np.testing.assert_array_equal(series.adjusted, series.close)
    assert f"NOT adjusted; confirm with {split.option}" in report.to_text()

    series, report = clean(_as_traded(raw, split), now=now, splits=[split])
    assert report.suspected == ()
    assert report.splits == (split,)
    np.testing.assert_allclose(series.adjusted, cleaned[0].adjusted)
    for name in ("open", "high", "low"):
        np.testing.assert_allclose(series.bars.columns()[name], cleaned[0].bars.columns()[name])
    np.testing.assert_allclose(series.bars.volume[:120] / 4, cleaned[0].bars.volume[:120])
    np.testing.assert_allclose(series.close[:120], 4 * cleaned[0].close[:120])


def test_known_split_is_applied_if_the_closes_show_it(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    split = StockSplit(cleaned[0].dates[120].astype(object), 4.0)
    series, report = clean(_as_traded(raw, split), now=now, known_splits=[split])
    np.testing.assert_allclose(series.adjusted, cleaned[0].adjusted)
    assert [s.origin for s in report.splits] == ["held"]
    series, report = clean(raw, now=now, known_splits=[split])  # these closes are already adjusted
    np.testing.assert_array_equal(series.adjusted, cleaned[0].adjusted)
    assert report.splits == ()


def test_confirmed_split_that_the_closes_contradict_is_refused(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    with pytest.raises(DataQualityError, match="already adjusted, or another date"):
        clean(raw, now=now, splits=[StockSplit(cleaned[0].dates[120].astype(object), 4.0)])


def test_unknown_exchange_requires_a_calendar(raw: RawPrices, cleaned: Cleaned, now: datetime) -> None:
    with pytest.raises(SettingsError, match="no calendar is known"):
        clean(replace(raw, symbol="ABC.ZZ"), now=now)
    series, _ = clean(replace(raw, symbol="ABC.ZZ"), now=now, calendar=cleaned[0].calendar)
    assert series.calendar == cleaned[0].calendar
