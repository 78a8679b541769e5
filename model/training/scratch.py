"""Training from the start: scaler and starting quantiles of the rows at hand, then the fit."""

from dataclasses import replace

import numpy as np

from model.contract import features
from model.training.dataset import Windows
from model.training.fit import Course, Progress, Rows, fit, fit_epochs
from model.training.network import build_network, start_from
from model.training.predict import Forecaster
from model.training.recipe import Recipe


def rows_of(windows: Windows, scaling: features.Scaling) -> Rows:
    """Scaled features and targets of windows, as the fit reads them."""
    return Rows(scaling.apply(windows.features), windows.target.astype(np.float32))


def untrained(windows: Windows, recipe: Recipe, seed: int) -> Forecaster:
    """The state before training: the last close, with the windows' empirical quantiles in units of recent volatility.

    This is what is served where no trained model passes the gate.
    """
    network = build_network(recipe.units, seed)
    start_from(network, features.empirical_quantiles(windows.target))
    return Forecaster(network, features.fit_scaler(windows.features), 1.0)


def fit_scratch(
    train: Windows, validation: Windows, recipe: Recipe, seed: int, progress: Progress | None = None
) -> tuple[Forecaster, Course]:
    """A new network fitted on training rows, stopped by validation rows; lambda is still 1.

    Raises:
        TrainingError: a part is empty, or the loss is not finite.
    """
    start = untrained(train, recipe, seed)
    scaling = features.Scaling.of(start.scaler)
    parts = rows_of(train, scaling), rows_of(validation, scaling)
    return start, fit(start.network, *parts, recipe.scratch, seed, progress)


def refit_scratch(
    windows: Windows, recipe: Recipe, seed: int, epochs: int, shrink: float, progress: Progress | None = None
) -> Forecaster:
    """The same recipe on all rows, with the number of epochs and the lambda that were found; the scaler is theirs too.

    Raises:
        TrainingError: there are no rows, or the loss is not finite.
    """
    start = untrained(windows, recipe, seed)
    rows = rows_of(windows, features.Scaling.of(start.scaler))
    fit_epochs(start.network, rows, recipe.scratch, seed, epochs, progress)
    return replace(start, shrink=shrink)
