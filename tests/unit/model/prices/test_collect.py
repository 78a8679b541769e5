import socket
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from model.contract.errors import (
    DataQualityError,
    NoSuchSymbolError,
    SettingsError,
    SourceUnavailableError,
)
from model.prices.collect import Collected, collect, collect_many, packaged_series
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.alphavantage import AlphaVantageSource
from model.prices.sources.choice import Choice, choose
from model.prices.sources.packaged import PackagedSource
from model.prices.sources.yahoo import YahooSource
from model.prices.splits import Split, later_factor
from model.prices.store import PriceStore
from tests.conftest import PricesFile

Cleaned = tuple[PriceSeries, QualityReport]


def _csv(path: Path, frame: pd.DataFrame) -> Choice:
    frame.to_csv(path, index=False)
    return choose(csv=path)


def _refused() -> str:
    """An address on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _unreachable(last_good: bool = True) -> Choice:
    return Choice((YahooSource(10, _refused()), AlphaVantageSource("k3y", 10, _refused())), last_good)


def test_a_csv_is_collected_and_an_unchanged_one_left_alone(
    store: PriceStore, prices_file: PricesFile, cleaned: Cleaned, now: datetime
) -> None:
    symbol = prices_file.symbol
    first = collect(symbol, store, choose(csv=prices_file.path), now=now)
    assert (first.changed, first.written, first.from_store, first.tried) == (True, True, False, ())
    assert store.read(symbol).digest == first.series.digest == cleaned[0].digest
    stamp = store.stamp(symbol)
    again = collect(symbol, store, choose(csv=prices_file.path), now=now)
    assert (again.changed, again.written) == (False, False)
    assert store.stamp(symbol) == stamp


def test_the_same_prices_downloaded_later_are_younger_and_not_changed(store: PriceStore, now: datetime) -> None:
    choice = Choice((PackagedSource(),), last_good=False)
    collect("^GSPC", store, choice, now=now)
    again = collect("^GSPC", store, choice, now=now + timedelta(days=1))
    assert (again.changed, again.written) == (False, True)
    assert store.read("^GSPC").downloaded_at == now + timedelta(days=1)


def test_without_network_the_last_good_download_stands_in(
    store: PriceStore, prices_file: PricesFile, now: datetime
) -> None:
    symbol = prices_file.symbol
    first = collect(symbol, store, choose(csv=prices_file.path), now=now)
    stamp = store.stamp(symbol)
    late = now + timedelta(days=3)
    got = collect(symbol, store, _unreachable(), now=late)
    assert got.from_store
    assert not got.written
    assert got.series.digest == first.series.digest
    assert got.series.downloaded_at == first.series.downloaded_at
    assert got.quality.age == late - first.series.downloaded_at
    assert [line.partition(":")[0] for line in got.tried] == ["yahoo", "alphavantage"]
    assert all("\n" not in line and "k3y" not in line for line in got.tried)
    assert store.stamp(symbol) == stamp


def test_without_network_and_without_a_download(store: PriceStore, now: datetime) -> None:
    with pytest.raises(SourceUnavailableError, match=r"^PETR4\.SA: yahoo: could not be reached.*; alphavantage: could"):
        collect("PETR4.SA", store, _unreachable(), now=now)
    with pytest.raises(SourceUnavailableError, match=r"store: holds no prices of PETR4\.SA"):
        collect("PETR4.SA", store, choose("store"), now=now)
    assert store.symbols() == []


def test_a_fixed_source_has_no_stand_in(store: PriceStore, prices_file: PricesFile, now: datetime) -> None:
    collect(prices_file.symbol, store, choose(csv=prices_file.path), now=now)
    with pytest.raises(SourceUnavailableError, match="yahoo"):
        collect(prices_file.symbol, store, _unreachable(last_good=False), now=now)
    with pytest.raises(NoSuchSymbolError, match=r"expected the only symbol it ships, \^GSPC, got VALE3\.SA"):
        collect("VALE3.SA", store, choose("arch"), now=now)


def test_less_or_another_past_does_not_overwrite(
    store: PriceStore, prices_file: PricesFile, tmp_path: Path, now: datetime
) -> None:
    symbol = prices_file.symbol
    collect(symbol, store, choose(csv=prices_file.path), now=now)
    stamp, quality = store.stamp(symbol), store.read_quality(symbol)
    frame = pd.read_csv(prices_file.path)
    less = _csv(tmp_path / "less.csv", frame.iloc[:-10])
    other = frame.copy()
    other["Close"] *= 1.0 + 0.3 * (other.index > 500)
    mixed = _csv(tmp_path / "other.csv", other)
    for choice, expected in ((less, "expected every session held before"), (mixed, "expected the closes held before")):
        with pytest.raises(DataQualityError, match=expected):
            collect(symbol, store, choice, now=now)
        stands_in = collect(symbol, store, replace(choice, last_good=True), now=now)
        assert stands_in.from_store
        assert expected in stands_in.tried[0]
        assert (store.stamp(symbol), store.read_quality(symbol)) == (stamp, quality)
    assert collect(symbol, store, less, now=now, overwrite=True).written
    assert len(store.read(symbol)) < quality.rows_kept


def test_a_confirmed_split_is_remembered(
    store: PriceStore, prices_file: PricesFile, cleaned: Cleaned, tmp_path: Path, now: datetime
) -> None:
    symbol, day = prices_file.symbol, cleaned[0].dates[120].astype(object)
    split = Split(day, 4.0, "confirmed")
    frame = pd.read_csv(prices_file.path)
    factor = later_factor(pd.to_datetime(frame["Date"]).to_numpy().astype("datetime64[D]"), (split,))
    for column in ("Open", "High", "Low", "Close"):
        frame[column] *= factor
    warned = collect(symbol, store, _csv(tmp_path / "a.csv", frame), now=now)
    assert [found.option for found in warned.quality.suspected] == [split.option]
    told = collect(symbol, store, _csv(tmp_path / "b.csv", frame), now=now, splits=[split])
    assert told.changed
    assert told.series.adjusted == pytest.approx(cleaned[0].adjusted)
    later = collect(symbol, store, _csv(tmp_path / "c.csv", frame), now=now)
    assert later.series.digest == told.series.digest
    assert [(s.date, s.origin) for s in later.quality.splits] == [(day, "held")]


def test_a_download_that_cannot_be_read_is_replaced(
    store: PriceStore, prices_file: PricesFile, tmp_path: Path, now: datetime
) -> None:
    symbol = prices_file.symbol
    collect(symbol, store, choose(csv=prices_file.path), now=now)
    (tmp_path / "store" / "prices" / f"{symbol}.parquet").write_bytes(b"")
    got = collect(symbol, store, choose(csv=prices_file.path), now=now)
    assert got.written
    assert got.tried[0].startswith("store: the last download cannot be used")
    assert len(store.read(symbol)) == got.quality.rows_kept


def test_one_failing_symbol_disturbs_no_other(store: PriceStore, prices_file: PricesFile, now: datetime) -> None:
    seen: list[tuple[int, int, str]] = []

    def one(symbol: str) -> Collected:
        choice = choose(csv=prices_file.path) if symbol == prices_file.symbol else choose("store")
        return collect(symbol, store, choice, now=now)

    symbols = ["NOPE", "../x", prices_file.symbol, "NOPE"]
    outcomes = collect_many(
        symbols,
        one,
        progress=lambda done, total, label: seen.append((done, total, label)),
    )
    assert [outcome.symbol for outcome in outcomes] == ["NOPE", "../x", prices_file.symbol]
    assert isinstance(outcomes[0].error, SourceUnavailableError)
    assert isinstance(outcomes[1].error, SettingsError)
    assert outcomes[2].collected is not None
    assert outcomes[2].error is None
    assert [done for done, _, _ in seen] == [0, 1, 2, 3]
    assert store.symbols() == [prices_file.symbol]


def test_the_packaged_index(now: datetime) -> None:
    series, report = packaged_series(now)
    assert (series.symbol, series.source, len(series)) == ("^GSPC", "arch", 5031)
    assert (str(series.first), str(series.last)) == ("1999-01-04", "2018-12-31")
    assert report.missing == report.surplus == ()
    assert report.dropped == ()
    assert report.suspected == ()
