import json
import logging
import socket
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model.contract.errors import DataQualityError, NoSuchSymbolError, SourceUnavailableError
from model.prices.clean import clean
from model.prices.schema import check_bars
from model.prices.sources.source import RawPrices
from model.prices.sources.yahoo import YahooSource, parse_history
from model.prices.stock_splits import StockSplit
from tests.unit.model.prices.sources.conftest import Answers

ZONE = "America/Sao_Paulo"
NOT_FOUND = json.dumps(
    {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"}}}
)


def _chart(frame: pd.DataFrame, split: date | None = None) -> str:
    """An answer of the chart API, with a two-for-one split on the date `split`."""
    opened = [int(day.tz_localize(ZONE).timestamp()) + 10 * 3600 for day in frame["date"]]
    events = {}
    if split is not None:
        at = opened[frame["date"].tolist().index(pd.Timestamp(split))]
        events["splits"] = {str(at): {"date": at, "numerator": 2.0, "denominator": 1.0, "splitRatio": "2:1"}}
    quote = {
        name: [None if np.isnan(value) else value for value in frame[name]] for name in ("open", "high", "low", "close")
    }
    quote["volume"] = [int(value) for value in frame["volume"]]
    meta = {
        "currency": "BRL", "symbol": "PETR4.SA", "exchangeName": "SAO", "instrumentType": "EQUITY",
        "firstTradeDate": opened[0], "regularMarketTime": opened[-1], "gmtoffset": -10800, "timezone": "BRT",
        "exchangeTimezoneName": ZONE, "regularMarketPrice": 1.0, "priceHint": 2, "dataGranularity": "1d",
        "range": "max", "validRanges": ["1d", "1mo", "max"],
    }  # fmt: skip
    result = {
        "meta": meta, "timestamp": opened, "events": events,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
    }  # fmt: skip
    return json.dumps({"chart": {"result": [result], "error": None}})


def _table(frame: pd.DataFrame, splits: dict[int, float]) -> pd.DataFrame:
    """The result of `yfinance.Ticker.history` for the bars."""
    table = frame.drop(columns="date").rename(columns=str.capitalize)
    table.index = pd.DatetimeIndex(frame["date"].dt.tz_localize(ZONE, nonexistent="shift_forward"), name="Date")
    table["Adj Close"], table["Dividends"], table["Stock Splits"] = table["Close"] * 0.9, 0.0, 0.0
    for at, ratio in splits.items():
        table.loc[table.index[at], "Stock Splits"] = ratio
    return table


def test_closes_are_adjusted_for_the_reported_splits(raw: RawPrices, now: datetime) -> None:
    got = parse_history(_table(raw.frame, {200: 2.0, 300: 1.5}), "PETR4.SA", now)
    check_bars(got.frame, "x")
    assert got.split_adjusted
    assert got.splits is not None
    days = raw.frame["date"].iloc[200:301:100]
    assert got.splits == tuple(StockSplit(day.date(), ratio) for day, ratio in zip(days, (2.0, 1.5), strict=True))
    assert got.frame["date"].tolist() == raw.frame["date"].tolist()

    series, report = clean(got, now=now)
    at = np.searchsorted(series.dates, days.to_numpy().astype("datetime64[D]"))
    np.testing.assert_allclose(series.close[: at[0]], series.adjusted[: at[0]] * 3)
    np.testing.assert_allclose(series.close[at[0] : at[1]], series.adjusted[at[0] : at[1]] * 1.5)
    np.testing.assert_array_equal(series.close[at[1] :], series.adjusted[at[1] :])
    assert [split.ratio for split in report.splits] == [2.0, 1.5]


def test_days_without_a_close_are_dropped_and_reported_as_missing(raw: RawPrices, now: datetime) -> None:
    table = _table(raw.frame, {})
    table.iloc[60, :4] = np.nan
    _, report = clean(parse_history(table, "PETR4.SA" if raw.symbol == "PETR4.SA" else "SPY", now), now=now)
    assert raw.frame["date"].iloc[60].date() in report.missing


def test_missing_column_raises_data_quality_error(raw: RawPrices, now: datetime) -> None:
    with pytest.raises(DataQualityError, match="yahoo X: expected a column 'Stock Splits'"):
        parse_history(_table(raw.frame, {}).drop(columns="Stock Splits"), "X", now)


def test_fetch_writes_neither_logs_nor_files(
    answers: Answers, raw: RawPrices, now: datetime, caplog: pytest.LogCaptureFixture, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("HOME", str(tmp_path))
    bars = raw.frame.iloc[:300]
    day = bars["date"].iloc[100].date()
    answers.queue = [(200, _chart(bars, day))]
    with caplog.at_level(logging.DEBUG, "yfinance"):
        got = YahooSource(10, answers.url).fetch("PETR4.SA", now=now)
    assert got.frame["date"].tolist() == bars["date"].tolist()
    assert got.frame["close"].tolist() == pytest.approx(bars["close"].tolist())
    assert got.splits == (StockSplit(day, 2.0),)
    assert (got.source, got.downloaded_at) == ("yahoo", now)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_unknown_symbol_is_neither_retried_nor_cached(answers: Answers, now: datetime) -> None:
    answers.queue = [(404, NOT_FOUND)]
    for _ in range(2):
        answers.paths.clear()
        with pytest.raises(NoSuchSymbolError, match=r"yahoo: no symbol NOPE9\.SA"):
            YahooSource(10, answers.url).fetch("NOPE9.SA", now=now)
        assert len([path for path in answers.paths if "/chart/" in path]) <= 2


@pytest.mark.parametrize(
    ("answer", "deadline", "message"),
    [
        # These end after the maximum number of attempts. The long deadline is not reached, even on a busy machine.
        ((429, "Too Many Requests"), 60, "too many requests"),
        ((502, "<html>bad gateway</html>"), 60, "expected prices, got another answer"),
        (None, 1.5, r"no answer within 1\.5 s"),
    ],
)
def test_persistent_transient_errors_make_the_source_unavailable(
    answers: Answers, now: datetime, answer: tuple[int, str] | None, deadline: float, message: str
) -> None:
    answers.queue = [answer]
    with pytest.raises(SourceUnavailableError, match=f"^yahoo: {message}"):
        YahooSource(deadline, answers.url).fetch("PETR4.SA", now=now)


def test_refused_connection_fails_immediately(now: datetime) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailableError, match=r"^yahoo: could not be reached: .*Could not connect to server$"):
        YahooSource(3600, f"http://127.0.0.1:{port}").fetch("PETR4.SA", now=now)


def test_failed_name_resolution_fails_immediately(now: datetime) -> None:
    with pytest.raises(SourceUnavailableError, match=r"^yahoo: could not be reached: .*resolve host"):
        YahooSource(3600, "http://yahoo.invalid").fetch("PETR4.SA", now=now)
