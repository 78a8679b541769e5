import json
import logging
from datetime import datetime

import pandas as pd
import pytest

from model.contract.errors import DataQualityError, NextcloseError, NoSuchSymbolError, SourceUnavailableError
from model.prices.clean import clean
from model.prices.collect import collect
from model.prices.schema import check_bars
from model.prices.sources import alphavantage
from model.prices.sources.alphavantage import AlphaVantageSource, alphavantage_symbol, parse_daily
from model.prices.sources.source import RawPrices
from model.prices.sources.source_order import SourceOrder, select_sources
from model.prices.store import PriceStore
from tests.conftest import PricesFile
from tests.unit.model.prices.sources.conftest import Answers

KEY = "TOPSECRETKEY1234"
LIMIT = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day. Please \
subscribe to any of the premium plans to instantly remove all daily rate limits."
PREMIUM = "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature."


def _payload(frame: pd.DataFrame) -> str:
    """An answer of TIME_SERIES_DAILY: newest first, with numbers as text."""
    days = {
        f"{row.date:%Y-%m-%d}": {
            "1. open": f"{row.open:.4f}",
            "2. high": f"{row.high:.4f}",
            "3. low": f"{row.low:.4f}",
            "4. close": f"{row.close:.4f}",
            "5. volume": f"{row.volume:.0f}",
        }
        for row in frame.iloc[::-1].itertuples()
    }
    meta = {"1. Information": "Daily Prices (open, high, low, close) and Volumes", "2. Symbol": "X"}
    return json.dumps({"Meta Data": meta, "Time Series (Daily)": days})


def _source(answers: Answers, deadline: float = 10.0) -> AlphaVantageSource:
    return AlphaVantageSource(KEY, deadline, answers.url)


def test_daily_bars_are_fetched(answers: Answers, raw: RawPrices, now: datetime) -> None:
    answers.queue = [(200, _payload(raw.frame))]
    steps: list[tuple[int, int, str]] = []
    got = _source(answers).fetch("PETR4.SA", now=now, progress=lambda *step: steps.append(step))
    check_bars(got.frame, "x")
    assert got.frame["date"].tolist() == raw.frame["date"].tolist()
    assert got.frame["close"].to_numpy() == pytest.approx(raw.frame["close"].to_numpy(), abs=1e-4)
    assert (got.symbol, got.source, got.downloaded_at, got.splits) == ("PETR4.SA", "alphavantage", now, None)
    assert "symbol=PETR4.SAO" in answers.paths[0]
    assert "outputsize=full" in answers.paths[0]
    assert [done for done, _, _ in steps] == [0, 1]


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (
            200,
            json.dumps({"Note": f"{KEY}: 5 calls per minute."}),
            SourceUnavailableError,
            "5 calls",
        ),
        (200, json.dumps({"Information": LIMIT}), SourceUnavailableError, "25 requests per day"),
        (200, json.dumps({"Error Message": f"Invalid API call. {KEY}"}), NoSuchSymbolError, "no symbol AAPL"),
        (200, json.dumps({"Meta Data": {}}), DataQualityError, "got: Meta Data"),
        (200, json.dumps({}), DataQualityError, "got: nothing"),
        (200, "[]", SourceUnavailableError, "expected a JSON object, got list"),
        (200, "<html>", SourceUnavailableError, "expected JSON"),
        (403, "{}", SourceUnavailableError, "expected status 200, got 403"),
    ],
)
def test_answers_without_prices_raise_errors_without_the_key(
    answers: Answers, now: datetime, status: int, body: str, error: type[NextcloseError], message: str
) -> None:
    answers.queue = [(status, body)]
    with pytest.raises(error, match=message) as caught:
        _source(answers).fetch("AAPL", now=now)
    assert KEY not in str(caught.value)
    assert len(answers.paths) == 1


def test_invalid_numbers_raise_data_quality_error() -> None:
    days = {"2024-01-02": {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "x", "5. volume": "1"}}
    with pytest.raises(DataQualityError, match="expected numbers by date"):
        parse_daily({"Time Series (Daily)": days}, "AAPL", KEY)


def test_server_error_is_retried(answers: Answers, raw: RawPrices, now: datetime) -> None:
    answers.queue = [(503, ""), (200, _payload(raw.frame.iloc[:10]))]
    assert len(_source(answers).fetch("AAPL", now=now).frame) == 10
    assert len(answers.paths) == 2


def test_missing_answer_fails_at_the_deadline(answers: Answers, now: datetime) -> None:
    answers.queue = [None]
    with pytest.raises(SourceUnavailableError, match=r"no answer within 0\.3 s"):
        _source(answers, 0.3).fetch("AAPL", now=now)


def test_key_is_not_logged(answers: Answers, raw: RawPrices, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    answers.queue = [(200, _payload(raw.frame.iloc[:10]))]
    with caplog.at_level(logging.DEBUG):
        _source(answers).fetch("AAPL", now=now)
    assert any(KEY in path for path in answers.paths)
    assert KEY not in caplog.text
    assert all(KEY not in str(record.args) for record in caplog.records)


def test_plan_without_full_history_extends_the_stored_series(
    answers: Answers,
    raw: RawPrices,
    prices_file: PricesFile,
    store: PriceStore,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alphavantage, "_PAUSE", 0.0)
    symbol = "PETR4.SA" if prices_file.symbol == "PETR4.SA" else "SPY"
    stored, report = clean(RawPrices(symbol, "yahoo", raw.frame.iloc[:-30], now, (), split_adjusted=True), now=now)
    store.write(stored, report)
    answers.queue = [(200, json.dumps({"Information": PREMIUM})), (200, _payload(raw.frame.iloc[-100:]))]

    got = collect(symbol, store, SourceOrder((_source(answers),), use_last_download=True), now=now)

    assert ["outputsize=full" in answers.paths[0], "outputsize=compact" in answers.paths[1]] == [True, True]
    assert got.tried == ()
    assert got.quality.older_from == "yahoo"
    full, _ = clean(RawPrices(symbol, "csv", raw.frame, now), now=now)
    assert got.series.dates.tolist() == full.dates.tolist()
    assert got.series.close == pytest.approx(full.close, abs=1e-4)


def test_symbols_are_translated_or_unknown() -> None:
    for symbol, translated in (("PETR4.SA", "PETR4.SAO"), ("AAPL", "AAPL"), ("BRK-B", "BRK-B"), ("VOD.L", "VOD.LON")):
        assert alphavantage_symbol(symbol) == translated
    for symbol in ("^GSPC", "BRL=X", "7203.T"):
        with pytest.raises(NoSuchSymbolError, match="has no symbol for"):
            alphavantage_symbol(symbol)


def test_source_requires_a_key() -> None:
    assert [source.name for source in select_sources(alphavantage_key=None).sources] == ["yahoo"]
    assert [source.name for source in select_sources(alphavantage_key=KEY).sources] == ["yahoo", "alphavantage"]
