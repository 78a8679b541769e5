"""Real closes and their baselines. EWMA forecasts replace a model's, because the untrained network gives the same."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from model.evaluation.baselines import baseline_forecasts
from model.evaluation.forecasts import Forecasts
from tests.conftest import PricesFile


@dataclass(frozen=True, slots=True)
class Closes:
    """Dates and closes of one symbol. The last 250 are targets, and training ends 61 sessions before them."""

    symbol: str
    dates: NDArray[np.datetime64]
    closes: NDArray[np.float64]

    @property
    def targets(self) -> NDArray[np.datetime64]:
        return self.dates[-250:]

    @property
    def trained_until(self) -> np.datetime64:
        until: np.datetime64 = self.dates[-250 - 61]
        return until


@pytest.fixture(scope="session")
def closes(prices_file: PricesFile) -> Closes:
    frame = pd.read_csv(prices_file.path)
    frame = frame[frame["Volume"] > 0]
    dates = frame["Date"].to_numpy().astype("datetime64[D]")
    return Closes(prices_file.symbol, dates, frame["Close"].to_numpy(dtype=np.float64))


@pytest.fixture(scope="session")
def baselines(closes: Closes) -> dict[str, Forecasts]:
    return baseline_forecasts(closes.symbol, closes.dates, closes.closes, closes.trained_until, closes.targets)
