"""The separate topology with an object store: the transformer follows its pointer and survives an outage."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.artefact.folder import Artefact
from model.artefact.local_registry import LocalRegistry
from model.artefact.manifest import MANIFEST
from model.artefact.object_registry import ObjectRegistry
from model.contract.arrays import f8
from model.prices.store import PriceStore
from tests.object_store import ObjectStore
from tests.serving.processes import Pair, start_predictor, start_transformer, wait_until
from tests.serving.trained import Trained, offline, variant
from tests.serving.v2_requests import INFER, ask, ask_symbols, symbol_input


def _upload(artefact: Artefact, registry: ObjectRegistry) -> Artefact:
    def fill(folder: Path) -> None:
        shutil.copytree(artefact.folder, folder, dirs_exist_ok=True)
        (folder / MANIFEST).unlink()

    return registry.publish(fill, lambda _files: artefact.manifest)


@pytest.fixture
def local(tmp_path: Path) -> LocalRegistry:
    """Return the registry of the predictor, as if KServe had downloaded each version to it."""
    return LocalRegistry(tmp_path / "models", "nextclose")


@pytest.fixture
def registry(s3_address: str) -> ObjectRegistry:
    return ObjectRegistry(f"{s3_address}/models", "nextclose")


@pytest.fixture
def store(s3_address: str, version: Trained) -> PriceStore:
    """Write all prices except those of the last session."""
    store, series = PriceStore(s3_address), version.series
    before = series.select(slice(-1))
    store.write(before, PriceStore(str(version.store)).read_quality(series.symbol))
    return store


@pytest.fixture
def pair(
    tmp_path: Path, s3_address: str, local: LocalRegistry, registry: ObjectRegistry, store: PriceStore
) -> Iterator[Pair]:
    """Start a predictor with the local registry and a transformer with the object store."""
    started = Pair(
        start_predictor(tmp_path, local.root, follow_seconds=0.2, runtime="onnx", batch_sizes="[1, 8]"),
        start_transformer(tmp_path, f"{s3_address}/models", s3_address, remote_seconds=0.3),
    )
    try:
        for role in (started.predictor, started.transformer):
            role.await_status(200, "/v2/health/live")
        yield started
    finally:
        started.stop()


def test_versions_and_prices_are_followed_and_an_outage_is_survived(
    pair: Pair,
    version: Trained,
    local: LocalRegistry,
    registry: ObjectRegistry,
    store: PriceStore,
    object_store: ObjectStore,
    windows: f8,
) -> None:
    series, symbol = version.series, version.series.symbol
    first = variant(version.artefact, local.root, 1)
    second = variant(version.artefact, local.root, 2, scale=1.5)
    wait_until(
        lambda: "no version to serve yet" in pair.transformer.program.log,
        "the transformer reports the missing pointer",
        60,
    )
    assert pair.transformer.status() == 503

    with httpx.Client(base_url=pair.url, timeout=60, trust_env=False) as client:

        def check_version(artefact: Artefact) -> None:
            pair.transformer.await_status(200)
            wait_until(
                lambda: client.post(INFER, json=_by_symbol(symbol)).json().get("model_version") == artefact.version,
                f"{artefact.version} answers",
                60,
            )
            np.testing.assert_allclose(ask(client, windows[-8:])["quantiles"], offline(artefact, windows[-8:]), 1e-5)

        for artefact in (first, second):
            # Like promotions, move the pointer in the object store first; the transformer waits for the predictor.
            registry.set_current(_upload(artefact, registry).version)
            local.set_current(artefact.version)
            check_version(artefact)
        assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-2]

        # Roll back while the predictor still has both versions.
        registry.set_current(first.version)
        local.set_current(first.version)
        check_version(first)

        with object_store.silent():
            # Longer than the interval of checks, which all fail.
            for _ in range(20):
                assert ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-2]
                assert ask(client, windows[:1])["forecast"].shape == (1,)
                assert pair.transformer.status() == 200
            unknown = client.post(INFER, json=_by_symbol("NEVER.SA"))
            assert (unknown.status_code, unknown.json()) == (
                503,
                {"error": "symbol 'NEVER.SA': its stored prices cannot be read now"},
            )

        # After the outage, new prices are used and unknown symbols are reported.
        store.write(series, PriceStore(str(version.store)).read_quality(symbol))
        wait_until(
            lambda: ask_symbols(client, [symbol])["naive"][0] == series.adjusted[-1], "the new close is used", 60
        )
        wait_until(
            lambda: client.post(INFER, json=_by_symbol("NEVER.SA")).status_code == 404, "the symbol is unknown", 60
        )
        assert client.get("/symbols").json() == {"symbols": [symbol]}


def _by_symbol(symbol: str) -> dict[str, object]:
    return {"inputs": [symbol_input(symbol)]}


def test_missing_bucket_is_reported_and_not_an_internal_error(tmp_path: Path, s3_address: str) -> None:
    role = start_transformer(tmp_path, "s3://missing/models", "s3://missing")
    try:
        role.await_status(503)
        wait_until(lambda: "s3://missing: no such bucket" in role.program.log, "the log reports the bucket", 60)
        wait_until(
            lambda: "s3://missing: no such bucket" in httpx.get(f"{role.url}/v2/health/ready").text,
            "readiness reports the bucket",
            60,
        )
        forecast = httpx.post(role.url + INFER, json=_by_symbol("PETR4.SA"))
        listed = httpx.get(f"{role.url}/symbols")
        assert (forecast.status_code, listed.status_code) == (503, 503)
        assert listed.json() == {"error": "the price store cannot be listed now"}
    finally:
        role.program.stop()
