"""The price store changes while the transformer runs: new closes are used, broken files are not."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from tests.serving.asking import INFER, ask, ask_symbols, symbol_input
from tests.serving.processes import Pair, Role, start_transformer, until
from tests.serving.refusals import check_refusal
from tests.serving.trained import Trained

f8 = NDArray[np.float64]
_BAND = "nextclose_band_closes_total"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def store(version: Trained, folder: Path) -> PriceStore:
    """A store without the last five sessions."""
    shutil.copytree(version.store, folder / "store")
    store = PriceStore(str(folder / "store"))
    _write(store, _until(version.series, -5))
    return store


def _until(series: PriceSeries, end: int) -> PriceSeries:
    return replace(series, dates=series.dates[:end], close=series.close[:end], adjusted=series.adjusted[:end])


def _write(store: PriceStore, series: PriceSeries) -> None:
    store.write(series, store.read_quality(series.symbol))


def _file(folder: Path, version: Trained) -> Path:
    return folder / "store" / "prices" / f"{version.series.symbol}.parquet"


def _complaints(role: Role) -> int:
    return role.program.log.count("stored prices cannot be read")


def _await_complaint(role: Role, before: int) -> None:
    until(lambda: _complaints(role) > before, "the log says that the file cannot be read", 20)


@pytest.fixture(scope="module")
def role(pair: Pair, version: Trained, store: PriceStore, folder: Path) -> Iterator[Role]:
    """A transformer of this module on that store, with the pair's predictor."""
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


def test_closes_come_and_files_break(
    role: Role, version: Trained, store: PriceStore, folder: Path, windows: f8
) -> None:
    series, symbol = version.series, version.series.symbol
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:

        def until_close(close: float) -> None:
            until(lambda: ask_symbols(client, [symbol])["naive"][0] == close, "the new window is used", 20)

        # Five closes more, without a restart; each is held against the band that was served for it.
        until(lambda: role.metric("nextclose_data_sessions_behind", symbol=symbol) > 0, "the store was looked at", 20)
        assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-6]
        assert role.metric(_BAND) == 0
        _write(store, series)
        until_close(series.adjusted[-1])
        answer = ask_symbols(client, [symbol])
        assert answer["data_until"] == [series.last.isoformat()]
        np.testing.assert_allclose(answer["quantiles"], ask(client, windows[-1:])["quantiles"], rtol=1e-6)
        assert client.get(f"/symbols/{symbol}/window").json()["close"] == windows[-1].tolist()
        until(lambda: role.metric(_BAND) == 5, "five closes are judged", 20)
        bands = ask(client, windows[-6:-1])["quantiles"]
        inside = sum((bands[:, 0] <= series.adjusted[-5:]) & (series.adjusted[-5:] <= bands[:, 6]))
        assert role.metric(_BAND, result="inside") == inside

        # A file that cannot be read: the former window goes on, and the log says it.
        good = _file(folder, version).read_bytes()
        for content in (b"", b"no parquet", good[:-100], good[:1000] + b"\0" * 100 + good[1100:]):
            complaints = _complaints(role)
            _file(folder, version).write_bytes(content)
            _await_complaint(role, complaints)
            assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-1]

        # Mended, then gone.
        _file(folder, version).write_bytes(good)
        until_close(series.adjusted[-1])
        _file(folder, version).unlink()
        until(
            lambda: client.post(INFER, json={"inputs": [symbol_input(symbol)]}).status_code == 404, "it is unknown", 20
        )
        assert client.get("/symbols").json() == {"symbols": []}


def test_a_symbol_that_could_never_be_read_or_is_short(
    role: Role, version: Trained, store: PriceStore, folder: Path
) -> None:
    _write(store, version.series)
    (folder / "store" / "prices" / "BROKEN.SA.parquet").write_bytes(b"no parquet")
    short = replace(_until(version.series, 59), symbol="SHORT.SA")
    store.write(short, store.read_quality(version.series.symbol))
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:
        headers = {"x-request-id": "kept-1"}
        broken = client.post(INFER, json={"inputs": [symbol_input("BROKEN.SA")]}, headers=headers)
        check_refusal(broken, 503, "symbol 'BROKEN.SA': its stored prices cannot be read now")
        few = client.post(INFER, json={"inputs": [symbol_input("SHORT.SA")]}, headers=headers)
        check_refusal(few, 404, "symbol 'SHORT.SA': expected 60 stored closes, got 59")
        # The others are watched all the same.
        until(
            lambda: role.metric("nextclose_data_sessions_behind", symbol=version.series.symbol) > 0, "it is watched", 20
        )


def test_an_unadjusted_split_in_the_store_is_told(
    role: Role, version: Trained, store: PriceStore, folder: Path
) -> None:
    adjusted = version.series.adjusted.copy()
    adjusted[-20:] /= 10
    _write(store, replace(version.series, adjusted=adjusted))
    body = {"inputs": [symbol_input(version.series.symbol)]}
    with httpx.Client(base_url=role.url, timeout=60, trust_env=False) as client:
        until(lambda: client.post(INFER, json=body).status_code == 400, "the new closes are read", 20)
        answer = client.post(INFER, json=body, headers={"x-request-id": "kept-1"})
        check_refusal(answer, 400, f"'stored closes of {version.series.symbol}', row 0, column 40: expected a change")
        allowed = client.post(INFER, json={**body, "parameters": {"allow_jumps": True}})
        assert allowed.status_code == 200
