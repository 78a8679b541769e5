"""Offline forecasts: quantiles of the next close for windows of closes, as the serving pair computes them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.preprocessing import StandardScaler

from model.contract import features
from model.contract.arrays import f4, f8
from model.contract.levels import LEVELS
from model.quiet_tensorflow import keras

_BATCH: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Forecaster:
    """A network with the scaler and the lambda that its forecasts need.

    Attributes:
        network: Keras model, scaled features float32 [n, 59, 3] -> quantiles float32 [n, 7] in sigma.
        scaler: Scaler fitted on the features that the network was trained with.
        shrink: Lambda: 1 keeps the network's median, 0 replaces it with the last close.
    """

    network: keras.Model
    scaler: StandardScaler
    shrink: float


def raw_quantiles(network: keras.Model, scaled: f4, batch: int = _BATCH) -> f4:
    """The network's output: scaled features float32 [n, 59, 3] -> float32 [n, 7], in sigma."""
    if not len(scaled):
        return np.empty((0, len(LEVELS)), np.float32)
    output: f4 = network.predict(scaled, batch_size=batch, verbose=0)
    return output


def forecast(forecaster: Forecaster, closes: f8, batch: int = _BATCH) -> f8:
    """Forecast the quantiles of the next close.

    Args:
        forecaster: Network, scaler and lambda of one fit.
        closes: float64 [n, 60], oldest first, finite and positive, in price units.
        batch: Maximum number of rows per call of the network.

    Returns:
        float64 [n, 7] in price units, at `levels.LEVELS`.
    """
    unscaled, sigma = features.window_features(closes)
    scaled = features.Scaling.of(forecaster.scaler).apply(unscaled)
    raw = raw_quantiles(forecaster.network, scaled, batch)
    return features.quantiles_to_prices(closes[:, -1], sigma, raw, forecaster.shrink)
