"""Real price series, and one small trained model that the tests share."""

import csv
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from model.prices.series import DailyBars, PriceSeries
from model.training.recipe import FitSettings, Recipe
from model.training.train import TrainedModel, train
from tests.conftest import PricesFile

SESSIONS = 1100
ProgressEvent = tuple[int, int, float | None, float | None]


def cut_series(series: PriceSeries, rows: slice) -> PriceSeries:
    """Select some sessions of a series."""
    return series.select(rows)


@pytest.fixture(scope="session")
def whole_series(prices_file: PricesFile) -> PriceSeries:
    with prices_file.path.open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["Volume"]) > 0]
    close = np.array([float(row["Close"]) for row in rows])
    dates = np.array([row["Date"][:10] for row in rows], dtype="datetime64[D]")
    return PriceSeries(
        prices_file.symbol,
        dates,
        close,
        close,
        DailyBars.unknown(len(close)),
        "csv",
        datetime(2025, 1, 2, tzinfo=UTC),
        "XNYS",
        (),
    )


@pytest.fixture(scope="session")
def series(whole_series: PriceSeries) -> PriceSeries:
    """The latest sessions, enough for a split."""
    return cut_series(whole_series, slice(-SESSIONS, None))


@pytest.fixture(scope="session")
def other(series: PriceSeries) -> PriceSeries:
    """A second symbol with the same sessions and the prices in reverse order, so that its returns differ."""
    reversed_prices = series.adjusted[::-1].copy()
    return replace(
        series, symbol="REVERSED", close=reversed_prices, adjusted=reversed_prices, bars=DailyBars.unknown(len(series))
    )


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """The default recipe with a smaller network and fewer epochs."""
    return Recipe(
        name="small",
        units=4,
        scratch=FitSettings(learning_rate=4e-3, batch=256, epochs=3, patience=2),
        finetune=FitSettings(learning_rate=5e-4, batch=64, epochs=2, patience=1),
    )


@pytest.fixture(scope="session")
def progress() -> list[ProgressEvent]:
    """Arguments of the calls of `progress` during the training of `trained`."""
    return []


@pytest.fixture(scope="session")
def trained(series: PriceSeries, recipe: Recipe, progress: list[ProgressEvent]) -> TrainedModel:
    return train([series], recipe, seed=1, progress=lambda *event: progress.append(event))
