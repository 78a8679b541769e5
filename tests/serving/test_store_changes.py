"""Changes of the price store while the transformer runs: new closes are used, corrupt files are not."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.contract.arrays import f8
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from tests.scaled_series import scaled
from tests.serving.processes import Pair, RunningServer, start_transformer, wait_until
from tests.serving.refusals import check_refusal
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, ask_symbols, symbol_input

_BAND = "nextclose_band_closes_total"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def store(version: Trained, folder: Path) -> PriceStore:
    """Copy the price store without the last five sessions."""
    shutil.copytree(version.store, folder / "store")
    store = PriceStore(str(folder / "store"))
    _write(store, _before(version.series, -5))
    return store


def _before(series: PriceSeries, end: int) -> PriceSeries:
    return series.select(slice(end))


def _write(store: PriceStore, series: PriceSeries) -> None:
    store.write(series, store.read_quality(series.symbol))


def _file(folder: Path, version: Trained) -> Path:
    return folder / "store" / "prices" / f"{version.series.symbol}.parquet"


def _count_read_failures(role: RunningServer) -> int:
    return role.program.log.count("stored prices cannot be read")


def _await_read_failure(role: RunningServer, before: int) -> None:
    wait_until(lambda: _count_read_failures(role) > before, "the log says that the file cannot be read", 20)


@pytest.fixture(scope="module")
def role(pair: Pair, version: Trained, store: PriceStore, folder: Path) -> Iterator[RunningServer]:
    """Start a transformer with this store and the predictor of the shared pair."""
    started = start_transformer(
        folder,
        version.models,
        folder / "store",
        predictor_socket=None,
        predictor_url=pair.predictor.url,
        watch_seconds=0.2,
    )
    try:
        started.await_status(200)
        yield started
    finally:
        started.program.stop()


def test_new_closes_are_used_and_corrupt_files_are_ignored(
    role: RunningServer, version: Trained, store: PriceStore, folder: Path, windows: f8
) -> None:
    series, symbol = version.series, version.series.symbol
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:

        def await_close(close: float) -> None:
            wait_until(lambda: ask_symbols(client, [symbol])["naive"][0] == close, "the new window is used", 20)

        # Add five closes; each is compared with the interval that was forecast for it.
        wait_until(lambda: role.metric("nextclose_data_sessions_behind", symbol=symbol) > 0, "the store is checked", 20)
        assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-6]
        assert role.metric(_BAND) == 0
        _write(store, series)
        await_close(series.adjusted[-1])
        answer = ask_symbols(client, [symbol])
        assert answer["data_until"] == [series.last.isoformat()]
        np.testing.assert_allclose(answer["quantiles"], ask(client, windows[-1:])["quantiles"], rtol=1e-6)
        assert client.get(f"/symbols/{symbol}/window").json()["close"] == windows[-1].tolist()
        wait_until(lambda: role.metric(_BAND) == 5, "five closes are compared", 20)
        quantiles = ask(client, windows[-6:-1])["quantiles"]
        inside = sum((quantiles[:, 0] <= series.adjusted[-5:]) & (series.adjusted[-5:] <= quantiles[:, 6]))
        assert role.metric(_BAND, result="inside") == inside

        # While the file cannot be read, the last window is used, and the failure is logged.
        good = _file(folder, version).read_bytes()
        for content in (b"", b"not parquet", good[:-100], good[:1000] + b"\0" * 100 + good[1100:]):
            failures = _count_read_failures(role)
            _file(folder, version).write_bytes(content)
            _await_read_failure(role, failures)
            assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-1]

        # The file is restored, then deleted.
        _file(folder, version).write_bytes(good)
        await_close(series.adjusted[-1])
        _file(folder, version).unlink()
        wait_until(
            lambda: client.post(INFER, json={"inputs": [symbol_input(symbol)]}).status_code == 404,
            "the symbol is unknown",
            20,
        )
        assert client.get("/symbols").json() == {"symbols": []}


def test_symbol_with_a_corrupt_file_or_few_closes_is_refused(
    role: RunningServer, version: Trained, store: PriceStore, folder: Path
) -> None:
    _write(store, version.series)
    (folder / "store" / "prices" / "BROKEN.SA.parquet").write_bytes(b"not parquet")
    short = replace(_before(version.series, 59), symbol="SHORT.SA")
    store.write(short, store.read_quality(version.series.symbol))
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:
        headers = {"x-request-id": "kept-1"}
        broken = client.post(INFER, json={"inputs": [symbol_input("BROKEN.SA")]}, headers=headers)
        check_refusal(broken, 503, "symbol 'BROKEN.SA': its stored prices cannot be read now")
        few = client.post(INFER, json={"inputs": [symbol_input("SHORT.SA")]}, headers=headers)
        check_refusal(few, 404, "symbol 'SHORT.SA': expected 60 stored closes, got 59")
        # Metrics of other symbols are still updated.
        wait_until(
            lambda: role.metric("nextclose_data_sessions_behind", symbol=version.series.symbol) > 0,
            "the symbol is checked",
            20,
        )


def test_unadjusted_split_in_the_store_is_refused(
    role: RunningServer, version: Trained, store: PriceStore, folder: Path
) -> None:
    factor = np.ones(len(version.series))
    factor[-20:] = 0.1
    _write(store, scaled(version.series, factor))
    body = {"inputs": [symbol_input(version.series.symbol)]}
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:
        wait_until(lambda: client.post(INFER, json=body).status_code == 400, "the new closes are read", 20)
        answer = client.post(INFER, json=body, headers={"x-request-id": "kept-1"})
        check_refusal(answer, 400, f"'stored closes of {version.series.symbol}', row 0, column 40: expected a change")
        allowed = client.post(INFER, json={**body, "parameters": {"allow_jumps": True}})
        assert allowed.status_code == 200
