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
from model.prices.sources.alphavantage import AlphaVantageSource, parse_daily, their_symbol
from model.prices.sources.choice import Choice, choose
from model.prices.sources.source import RawPrices
from model.prices.store import PriceStore
from tests.conftest import PricesFile
from tests.unit.model.prices.sources.conftest import Answers

KEY = "TOPSECRETKEY1234"
LIMIT = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day. Please \
subscribe to any of the premium plans to instantly remove all daily rate limits."
PREMIUM = "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature."


def _payload(frame: pd.DataFrame) -> str:
    """The shape of TIME_SERIES_DAILY's answer, newest first, numbers as text."""
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


def test_daily_bars(answers: Answers, raw: RawPrices, now: datetime) -> None:
    answers.queue = [(200, _payload(raw.frame))]
    seen: list[tuple[int, int, str]] = []
    got = _source(answers).fetch("PETR4.SA", now=now, progress=lambda *step: seen.append(step))
    check_bars(got.frame, "x")
    assert got.frame["date"].tolist() == raw.frame["date"].tolist()
    assert got.frame["close"].to_numpy() == pytest.approx(raw.frame["close"].to_numpy(), abs=1e-4)
    assert (got.symbol, got.source, got.downloaded_at, got.splits) == ("PETR4.SA", "alphavantage", now, None)
    assert "symbol=PETR4.SAO" in answers.asked[0]
    assert "outputsize=full" in answers.asked[0]
    assert [done for done, _, _ in seen] == [0, 1]


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
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
def test_answers_that_are_no_prices(
    answers: Answers, now: datetime, status: int, body: str, error: type[NextcloseError], said: str
) -> None:
    answers.queue = [(status, body)]
    with pytest.raises(error, match=said) as caught:
        _source(answers).fetch("AAPL", now=now)
    assert KEY not in str(caught.value)
    assert len(answers.asked) == 1


def test_broken_numbers_are_named() -> None:
    days = {"2024-01-02": {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "x", "5. volume": "1"}}
    with pytest.raises(DataQualityError, match="expected numbers by date"):
        parse_daily({"Time Series (Daily)": days}, "AAPL", KEY)


def test_a_server_error_is_asked_again(answers: Answers, raw: RawPrices, now: datetime) -> None:
    answers.queue = [(503, ""), (200, _payload(raw.frame.iloc[:10]))]
    assert len(_source(answers).fetch("AAPL", now=now).frame) == 10
    assert len(answers.asked) == 2


def test_the_deadline_holds(answers: Answers, now: datetime) -> None:
    answers.queue = [None]
    with pytest.raises(SourceUnavailableError, match=r"no answer within 0\.3 s"):
        _source(answers, 0.3).fetch("AAPL", now=now)


def test_the_key_is_in_no_log(
    answers: Answers, raw: RawPrices, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    answers.queue = [(200, _payload(raw.frame.iloc[:10]))]
    with caplog.at_level(logging.DEBUG):
        _source(answers).fetch("AAPL", now=now)
    assert any(KEY in path for path in answers.asked)
    assert KEY not in caplog.text
    assert all(KEY not in str(record.args) for record in caplog.records)


def test_a_plan_without_the_whole_history_extends_what_is_held(
    answers: Answers,
    raw: RawPrices,
    prices_file: PricesFile,
    store: PriceStore,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alphavantage, "_PAUSE", 0.0)
    symbol = "PETR4.SA" if prices_file.symbol == "PETR4.SA" else "SPY"
    held, report = clean(RawPrices(symbol, "yahoo", raw.frame.iloc[:-30], now, (), split_adjusted=True), now=now)
    store.write(held, report)
    answers.queue = [(200, json.dumps({"Information": PREMIUM})), (200, _payload(raw.frame.iloc[-100:]))]

    got = collect(symbol, store, Choice((_source(answers),), last_good=True), now=now)

    assert ["outputsize=full" in answers.asked[0], "outputsize=compact" in answers.asked[1]] == [True, True]
    assert got.tried == ()
    assert got.quality.older_from == "yahoo"
    whole, _ = clean(RawPrices(symbol, "csv", raw.frame, now), now=now)
    assert got.series.dates.tolist() == whole.dates.tolist()
    assert got.series.close == pytest.approx(whole.close, abs=1e-4)


def test_names_of_symbols() -> None:
    for ours, theirs in (("PETR4.SA", "PETR4.SAO"), ("AAPL", "AAPL"), ("BRK-B", "BRK-B"), ("VOD.L", "VOD.LON")):
        assert their_symbol(ours) == theirs
    for symbol in ("^GSPC", "BRL=X", "7203.T"):
        with pytest.raises(NoSuchSymbolError, match="has no symbol for"):
            their_symbol(symbol)


def test_no_key_no_source() -> None:
    assert [source.name for source in choose(alphavantage_key=None).sources] == ["yahoo"]
    assert [source.name for source in choose(alphavantage_key=KEY).sources] == ["yahoo", "alphavantage"]
