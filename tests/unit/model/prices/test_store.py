import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from model.contract.errors import DataQualityError, PricesError, SettingsError, UnknownSymbolError
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from tests.scaled_series import scaled

Cleaned = tuple[PriceSeries, QualityReport]


@pytest.fixture(params=["folder", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> PriceStore:
    """A price store in a folder or an object store."""
    if request.param == "folder":
        return PriceStore(str(tmp_path / "a b" / "store"))
    fsspec.filesystem("memory").store.clear()
    return PriceStore("memory://bucket/store")


@pytest.mark.parametrize("symbol", ["PETR4.SA", "^GSPC", "BRL=X", "BRK-B", "0700.HK", "M&M.NS"])
def test_written_series_and_report_are_read(any_store: PriceStore, cleaned: Cleaned, symbol: str) -> None:
    series, report = replace(cleaned[0], symbol=symbol), replace(cleaned[1], symbol=symbol)
    assert any_store.symbols() == []
    any_store.write(series, report)
    assert any_store.symbols() == [symbol]
    got = any_store.read(symbol)
    assert got.digest == series.digest
    assert got.upcoming == series.upcoming
    assert any_store.read_quality(symbol) == report


def test_symbol_has_two_files_in_the_prices_folder(tmp_path: Path, cleaned: Cleaned) -> None:
    PriceStore(str(tmp_path)).write(*cleaned)
    symbol = cleaned[0].symbol
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*") if path.is_file()} == {
        f"prices/{symbol}.parquet",
        f"prices/{symbol}.quality.json",
    }


@pytest.mark.parametrize("symbol", ["NOPE", "../store/prices/X", "/etc/passwd", "", "a\0b", "X" * 500])
def test_unknown_and_malformed_symbols_are_refused(any_store: PriceStore, cleaned: Cleaned, symbol: str) -> None:
    any_store.write(*cleaned)
    for read in (any_store.read, any_store.stamp, any_store.read_quality):
        with pytest.raises(UnknownSymbolError, match="the price store holds no series") as caught:
            read(symbol)
        assert len(str(caught.value)) < 120
    if symbol != "NOPE":
        with pytest.raises(SettingsError):
            any_store.write(replace(cleaned[0], symbol=symbol), cleaned[1])


def test_renamed_file_is_not_read_as_another_symbol(tmp_path: Path, cleaned: Cleaned) -> None:
    store = PriceStore(str(tmp_path))
    store.write(*cleaned)
    file = tmp_path / "prices" / f"{cleaned[0].symbol}.parquet"
    file.rename(file.with_name("OTHER.parquet"))
    with pytest.raises(UnknownSymbolError):
        store.read("OTHER")


def test_corrupt_files_raise_data_quality_error(tmp_path: Path, cleaned: Cleaned) -> None:
    store = PriceStore(str(tmp_path))
    store.write(*cleaned)
    symbol = cleaned[0].symbol
    (tmp_path / "prices" / f"{symbol}.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "prices" / f"{symbol}.quality.json").write_bytes(b"{")
    with pytest.raises(DataQualityError, match="expected a Parquet file of closes"):
        store.read(symbol)
    with pytest.raises(DataQualityError, match="expected JSON"):
        store.read_quality(symbol)


def test_stamp_changes_only_with_the_file(any_store: PriceStore, cleaned: Cleaned) -> None:
    series, report = cleaned
    any_store.write(series, report)
    before = any_store.stamp(series.symbol)
    assert any_store.stamp(series.symbol) == before
    any_store.write(scaled(series, 2), report)
    assert any_store.stamp(series.symbol) != before


def test_failed_write_leaves_no_temporary_files(tmp_path: Path, cleaned: Cleaned) -> None:
    (tmp_path / "prices").write_text("a file where the folder should be")
    store = PriceStore(str(tmp_path))
    with pytest.raises(PricesError, match=r"cannot be written"):
        store.write(*cleaned)
    assert [path.name for path in tmp_path.iterdir()] == ["prices"]


def test_unknown_protocol_raises_prices_error() -> None:
    with pytest.raises(PricesError, match="price store: expected a folder or an address"):
        PriceStore("nonsense://x")


def test_concurrent_readers_see_complete_files(tmp_path: Path, cleaned: Cleaned) -> None:
    series, report = cleaned
    versions = [scaled(series, factor) for factor in (1.0, 2.0)]
    digests = {version.digest for version in versions}
    store = PriceStore(str(tmp_path))
    store.write(versions[0], report)
    stop = threading.Event()

    def read() -> set[str]:
        reader = PriceStore(str(tmp_path))
        seen = {reader.read(series.symbol).digest}
        while not stop.is_set():
            seen.add(reader.read(series.symbol).digest)
        return seen

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for at in range(40):
            store.write(versions[at % 2], report)
        stop.set()
        for reader in readers:
            assert reader.result() <= digests
    assert len(list((tmp_path / "prices").iterdir())) == 2  # no temporary files are left


def test_reading_does_not_import_pandas(tmp_path: Path, cleaned: Cleaned) -> None:
    PriceStore(str(tmp_path)).write(*cleaned)
    program = (
        "import sys; from datetime import UTC, datetime\n"
        "from model.prices.store import PriceStore; from model.prices.freshness import sessions_behind\n"
        f"store = PriceStore({str(tmp_path)!r}); series = store.read({cleaned[0].symbol!r})\n"
        "store.stamp(series.symbol), store.symbols(), sessions_behind(series, datetime.now(UTC))\n"
        "print([name for name in ('pandas', 'exchange_calendars', 'pandera', 'yfinance') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
