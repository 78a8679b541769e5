"""A trained version for all tests of predictor and transformer, and a running pair that most of them use."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.pipeline.candidate import candidate_folder
from jobs.pipeline.collect import CollectOptions, collect_prices
from jobs.pipeline.evaluate import evaluate_candidate
from jobs.pipeline.export import export_candidate
from jobs.pipeline.train import train_candidate
from jobs.settings import JobsSettings
from model.artefact.local_registry import LocalRegistry
from model.contract.window import sliding_windows
from model.endpoint.program import read_settings
from model.prices.store import PriceStore
from tests.build_once import build_once
from tests.conftest import PricesFile
from tests.serving.processes import Pair, start_pair
from tests.serving.trained import Trained, with_network


@pytest.fixture(scope="session")
def version(prices_file: PricesFile, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Collect prices from a CSV file, train, export and point to the version. Tests that change files copy them."""

    def exported_and_current(folder: Path) -> Trained:
        addresses = {"models": str(folder / "models"), "store": str(folder / "store"), "work": folder / "work"}
        settings = read_settings(JobsSettings, **addresses)
        options = CollectOptions(csv=prices_file.path)
        (outcome,) = collect_prices(settings, [prices_file.symbol], options, lambda _done, _total, _text: None)
        assert outcome.error is None, outcome.error
        train_candidate(settings, [prices_file.symbol])
        evaluate_candidate(settings)
        exported = export_candidate(settings)
        series = PriceStore(settings.store).read(prices_file.symbol)
        candidate = candidate_folder(settings.work, settings.model_name)
        closes = np.ascontiguousarray(sliding_windows(series.adjusted)[::200])
        artefact = with_network(exported, Path(settings.models), candidate, closes)
        LocalRegistry(Path(settings.models), settings.model_name).set_current(artefact.version)
        return Trained(artefact, series, settings)

    return build_once(tmp_path_factory, "version", exported_and_current)


@pytest.fixture(scope="session")
def pair(version: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Start predictor and transformer, and wait until they are ready. Tests must leave them unchanged."""
    started = start_pair(
        tmp_path_factory.mktemp("pair"), version.models, version.store, transformer={"watch_seconds": 0.5}
    )
    try:
        started.transformer.await_status(200)
        yield started
        for role in (started.transformer, started.predictor):
            role.program.check_alive()
            assert '"level": "error"' not in role.program.log, role.program.log
    finally:
        started.stop()


@pytest.fixture(scope="session")
def http(pair: Pair) -> Iterator[httpx.Client]:
    """Open an HTTP client of the transformer."""
    with httpx.Client(base_url=pair.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def windows(version: Trained) -> NDArray[np.float64]:
    """Return the last 300 windows of the stored prices, float64 [300, 60]."""
    return np.ascontiguousarray(sliding_windows(version.series.adjusted)[-300:])
