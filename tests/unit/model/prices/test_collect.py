import re
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
from model.prices.sources.packaged import PackagedSource
from model.prices.sources.source_order import SourceOrder, select_sources
from model.prices.sources.yahoo import YahooSource
from model.prices.stock_splits import StockSplit, split_factors
from model.prices.store import PriceStore
from tests.conftest import PricesFile

Cleaned = tuple[PriceSeries, QualityReport]


def _csv_choice(path: Path, frame: pd.DataFrame) -> SourceOrder:
    frame.to_csv(path, index=False)
    return select_sources(csv=path)


def _closed_address() -> str:
    """An address that refuses connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _unreachable(use_last_download: bool = True) -> SourceOrder:
    return SourceOrder(
        (YahooSource(10, _closed_address()), AlphaVantageSource("k3y", 10, _closed_address())), use_last_download
    )


def test_unchanged_csv_is_not_written_again(
    store: PriceStore, prices_file: PricesFile, cleaned: Cleaned, now: datetime
) -> None:
    symbol = prices_file.symbol
    first = collect(symbol, store, select_sources(csv=prices_file.path), now=now)
    assert (first.changed, first.written, first.from_store, first.tried) == (True, True, False, ())
    assert store.read(symbol).digest == first.series.digest == cleaned[0].digest
    stamp = store.stamp(symbol)
    again = collect(symbol, store, select_sources(csv=prices_file.path), now=now)
    assert (again.changed, again.written) == (False, False)
    assert store.stamp(symbol) == stamp


def test_later_download_of_the_same_prices_updates_the_download_time(store: PriceStore, now: datetime) -> None:
    choice = SourceOrder((PackagedSource(),), use_last_download=False)
    collect("^GSPC", store, choice, now=now)
    again = collect("^GSPC", store, choice, now=now + timedelta(days=1))
    assert (again.changed, again.written) == (False, True)
    assert store.read("^GSPC").downloaded_at == now + timedelta(days=1)


def test_use_last_download_download_is_used_without_network(
    store: PriceStore, prices_file: PricesFile, now: datetime
) -> None:
    symbol = prices_file.symbol
    first = collect(symbol, store, select_sources(csv=prices_file.path), now=now)
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


def test_no_network_and_empty_store_raise_source_unavailable_error(store: PriceStore, now: datetime) -> None:
    with pytest.raises(SourceUnavailableError, match=r"^PETR4\.SA: yahoo: could not be reached.*; alphavantage: could"):
        collect("PETR4.SA", store, _unreachable(), now=now)
    with pytest.raises(SourceUnavailableError, match=r"store: contains no prices of PETR4\.SA"):
        collect("PETR4.SA", store, select_sources("store"), now=now)
    assert store.symbols() == []


def test_single_source_has_no_fallback(store: PriceStore, prices_file: PricesFile, now: datetime) -> None:
    collect(prices_file.symbol, store, select_sources(csv=prices_file.path), now=now)
    with pytest.raises(SourceUnavailableError, match="yahoo"):
        collect(prices_file.symbol, store, _unreachable(use_last_download=False), now=now)
    with pytest.raises(NoSuchSymbolError, match=r"expected its only symbol, \^GSPC, got VALE3\.SA"):
        collect("VALE3.SA", store, select_sources("arch"), now=now)


def test_missing_sessions_or_different_closes_do_not_overwrite(
    store: PriceStore, prices_file: PricesFile, tmp_path: Path, now: datetime
) -> None:
    symbol = prices_file.symbol
    collect(symbol, store, select_sources(csv=prices_file.path), now=now)
    stamp, quality = store.stamp(symbol), store.read_quality(symbol)
    frame = pd.read_csv(prices_file.path)
    shorter = _csv_choice(tmp_path / "shorter.csv", frame.iloc[:-10])
    other = frame.copy()
    other["Close"] *= 1.0 + 0.3 * (other.index > 500)
    different = _csv_choice(tmp_path / "different.csv", other)
    for choice, expected in ((shorter, " stored sessions (from "), (different, "expected the stored closes")):
        with pytest.raises(DataQualityError, match=re.escape(expected)):
            collect(symbol, store, choice, now=now)
        fallback = collect(symbol, store, replace(choice, use_last_download=True), now=now)
        assert fallback.from_store
        assert expected in fallback.tried[0]
        assert (store.stamp(symbol), store.read_quality(symbol)) == (stamp, quality)
    assert collect(symbol, store, shorter, now=now, overwrite=True).written
    assert len(store.read(symbol)) < quality.rows_kept


def test_confirmed_split_is_remembered(
    store: PriceStore, prices_file: PricesFile, cleaned: Cleaned, tmp_path: Path, now: datetime
) -> None:
    symbol, day = prices_file.symbol, cleaned[0].dates[120].astype(object)
    split = StockSplit(day, 4.0, "confirmed")
    frame = pd.read_csv(prices_file.path)
    factor = split_factors(pd.to_datetime(frame["Date"]).to_numpy().astype("datetime64[D]"), (split,))
    for column in ("Open", "High", "Low", "Close"):
        frame[column] *= factor
    suspected = collect(symbol, store, _csv_choice(tmp_path / "a.csv", frame), now=now)
    assert [found.option for found in suspected.quality.suspected] == [split.option]
    confirmed = collect(symbol, store, _csv_choice(tmp_path / "b.csv", frame), now=now, splits=[split])
    assert confirmed.changed
    assert confirmed.series.adjusted == pytest.approx(cleaned[0].adjusted)
    later = collect(symbol, store, _csv_choice(tmp_path / "c.csv", frame), now=now)
    assert later.series.digest == confirmed.series.digest
    assert [(s.date, s.origin) for s in later.quality.splits] == [(day, "held")]


def test_corrupt_stored_file_is_replaced(
    store: PriceStore, prices_file: PricesFile, tmp_path: Path, now: datetime
) -> None:
    symbol = prices_file.symbol
    collect(symbol, store, select_sources(csv=prices_file.path), now=now)
    (tmp_path / "store" / "prices" / f"{symbol}.parquet").write_bytes(b"")
    got = collect(symbol, store, select_sources(csv=prices_file.path), now=now)
    assert got.written
    assert got.tried[0].startswith("store: the last download cannot be used")
    assert len(store.read(symbol)) == got.quality.rows_kept


def test_failure_of_one_symbol_does_not_affect_the_others(
    store: PriceStore, prices_file: PricesFile, now: datetime
) -> None:
    steps: list[tuple[int, int, str]] = []

    def one(symbol: str) -> Collected:
        choice = select_sources(csv=prices_file.path) if symbol == prices_file.symbol else select_sources("store")
        return collect(symbol, store, choice, now=now)

    symbols = ["NOPE", "../x", prices_file.symbol, "NOPE"]
    outcomes = collect_many(
        symbols,
        one,
        progress=lambda done, total, label: steps.append((done, total, label)),
    )
    assert [outcome.symbol for outcome in outcomes] == ["NOPE", "../x", prices_file.symbol]
    assert isinstance(outcomes[0].error, SourceUnavailableError)
    assert isinstance(outcomes[1].error, SettingsError)
    assert outcomes[2].collected is not None
    assert outcomes[2].error is None
    assert [done for done, _, _ in steps] == [0, 1, 2, 3]
    assert store.symbols() == [prices_file.symbol]


def test_packaged_index_has_no_findings(now: datetime) -> None:
    series, report = packaged_series(now)
    assert (series.symbol, series.source, len(series)) == ("^GSPC", "arch", 5031)
    assert (str(series.first), str(series.last)) == ("1999-01-04", "2018-12-31")
    assert report.missing == report.surplus == ()
    assert report.dropped == ()
    assert report.suspected == ()
