"""Training from scratch: compute the scaler and the initial quantiles from the rows, then fit the network."""

from dataclasses import replace

import numpy as np

from model.contract import features
from model.training.dataset import TrainingWindows
from model.training.fit import EpochCallback, FitResult, Rows, fit, fit_epochs
from model.training.network import build_network, set_initial_quantiles
from model.training.predict import Forecaster
from model.training.recipe import Recipe


def rows_of(windows: TrainingWindows, scaling: features.Scaling) -> Rows:
    """Convert windows to the rows of a fit: scaled features and targets."""
    return Rows(scaling.apply(windows.features), windows.target.astype(np.float32))


def untrained(windows: TrainingWindows, recipe: Recipe, seed: int) -> Forecaster:
    """The state before training: the last close, with the windows' empirical quantiles in units of recent volatility.

    This is the fallback, which is served if no trained model passes the gate.
    """
    network = build_network(recipe.units, seed)
    set_initial_quantiles(network, features.empirical_quantiles(windows.target))
    return Forecaster(network, features.fit_scaler(windows.features), 1.0)


def fit_scratch(
    train: TrainingWindows,
    validation: TrainingWindows,
    recipe: Recipe,
    seed: int,
    progress: EpochCallback | None = None,
) -> tuple[Forecaster, FitResult]:
    """Fit a new network on training rows, with early stopping by validation rows. Lambda is still 1.

    Raises:
        TrainingError: `train` or `validation` is empty, or the loss is not finite.
    """
    start = untrained(train, recipe, seed)
    scaling = features.Scaling.of(start.scaler)
    parts = rows_of(train, scaling), rows_of(validation, scaling)
    return start, fit(start.network, *parts, recipe.scratch, seed, progress)


def refit_scratch(
    windows: TrainingWindows,
    recipe: Recipe,
    seed: int,
    epochs: int,
    shrink: float,
    progress: EpochCallback | None = None,
) -> Forecaster:
    """Repeat the fit on all rows, with the number of epochs and the lambda found by validation, and a new scaler.

    Raises:
        TrainingError: There are no rows, or the loss is not finite.
    """
    start = untrained(windows, recipe, seed)
    rows = rows_of(windows, features.Scaling.of(start.scaler))
    fit_epochs(start.network, rows, recipe.scratch, seed, epochs, progress)
    return replace(start, shrink=shrink)
