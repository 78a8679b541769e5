"""Fits of the network, from scratch or from a former fit: mean pinball loss, Adam with cosine decay, early stopping.

Reproducible bit for bit on the same kind of machine.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.contract import features
from model.contract.errors import TrainingError
from model.contract.levels import LEVELS
from model.quiet_tensorflow import keras, tf
from model.training.dataset import TrainingWindows
from model.training.network import build_network, copy_network, set_initial_quantiles
from model.training.predict import Forecaster
from model.training.recipe import FitSettings, Recipe

# Called after every epoch with: epoch (0 is the state before training), total, training loss (None in epoch 0),
# validation loss (None without validation rows).
EpochCallback = Callable[[int, int, float | None, float | None], None]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a fit.

    Attributes:
        features: float32 [n, 59, 3], scaled.
        target: float32 [n], in sigma.
    """

    features: NDArray[np.float32]
    target: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.target)


@dataclass(frozen=True, slots=True)
class EpochLoss:
    """Mean pinball losses after an epoch.

    Attributes:
        epoch: Number of the epoch; 0 is the state before training.
        train: Training loss, in sigma; None for epoch 0.
        validation: Validation loss, in sigma.
    """

    epoch: int
    train: float | None
    validation: float


@dataclass(frozen=True, slots=True)
class FitResult:
    """The result of a fit.

    Attributes:
        best_epoch: The epoch whose weights were kept.
        history: Losses of all epochs that were run, starting with epoch 0.
    """

    best_epoch: int
    history: tuple[EpochLoss, ...]


def fit(
    network: keras.Model,
    train: Rows,
    validation: Rows,
    plan: FitSettings,
    seed: int,
    progress: EpochCallback | None = None,
) -> FitResult:
    """Train a network in place and keep the weights of the epoch with the lowest validation loss.

    The state before training counts as epoch 0, so a training that does not help leaves the network unchanged.

    Raises:
        TrainingError: `train` or `validation` is empty, or the loss is not finite.
    """
    if not len(validation):
        raise TrainingError("validation: expected at least one row, got none")
    runner = _EpochRunner(network, train, plan, seed)
    x, y = tf.constant(validation.features), tf.constant(validation.target)
    validate = tf.function(lambda: pinball(y, network(x)))

    best, weights = 0, network.get_weights()
    history = [EpochLoss(0, None, float(validate()))]
    if progress:
        progress(0, plan.epochs, None, history[0].validation)
    for epoch in range(1, plan.epochs + 1):
        history.append(EpochLoss(epoch, runner.run_epoch(), float(validate())))
        if progress:
            progress(epoch, plan.epochs, history[-1].train, history[-1].validation)
        if history[-1].validation < history[best].validation:
            best, weights = epoch, network.get_weights()
        elif epoch - best >= plan.patience:
            break
    network.set_weights(weights)
    return FitResult(best, tuple(history))


def fit_epochs(
    network: keras.Model, train: Rows, plan: FitSettings, seed: int, epochs: int, progress: EpochCallback | None = None
) -> tuple[float, ...]:
    """Train a network in place for a given number of epochs, with the same learning rates as in `fit`.

    Returns:
        Mean pinball training loss of each epoch, in sigma.

    Raises:
        TrainingError: There are no rows, or the loss is not finite.
    """
    losses: list[float] = []
    if not epochs:
        return ()
    runner = _EpochRunner(network, train, plan, seed)
    for epoch in range(1, epochs + 1):
        losses.append(runner.run_epoch())
        if progress:
            progress(epoch, epochs, losses[-1], None)
    return tuple(losses)


def pinball(target: tf.Tensor, quantiles: tf.Tensor) -> tf.Tensor:
    """Mean pinball loss over rows and levels (Koenker and Bassett 1978): float32 [n] and [n, 7] -> float32, in sigma.

    max(l * e, (l - 1) * e) with e = target - quantile at level l.
    """
    levels = tf.constant(LEVELS, tf.float32)
    error = target[:, None] - quantiles
    return tf.reduce_mean(tf.maximum(levels * error, (levels - 1.0) * error))


class _EpochRunner:
    """Runs epochs, each as a single call of a compiled graph, so that no Python code runs for each batch."""

    def __init__(self, network: keras.Model, train: Rows, plan: FitSettings, seed: int) -> None:
        if not len(train):
            raise TrainingError("training: expected at least one row, got none")
        # Batches of equal size: a small last batch would have as much weight as a full one.
        self._steps = ceil(len(train) / plan.batch)
        self._size = len(train) // self._steps
        self._rows = len(train)
        self._random = np.random.default_rng(seed)
        self._compiled = _compiled_epoch(network, train, plan, self._steps)

    def run_epoch(self) -> float:
        """Run one epoch over the rows in a new random order. Returns the mean training loss, in sigma."""
        order = self._random.permutation(self._rows)[: self._steps * self._size]
        loss = float(self._compiled(tf.constant(order.reshape(self._steps, self._size), tf.int32)))
        if not isfinite(loss):
            raise TrainingError(f"training: expected a finite loss, got {loss}")
        return loss


def _compiled_epoch(network: keras.Model, train: Rows, plan: FitSettings, steps: int) -> Any:
    decay = keras.optimizers.schedules.CosineDecay(plan.learning_rate, decay_steps=steps * plan.epochs)
    optimizer = keras.optimizers.Adam(decay, clipnorm=plan.clip_norm)
    variables = network.trainable_variables
    optimizer.build(variables)
    x, y = tf.constant(train.features), tf.constant(train.target)

    def epoch(order: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0.0)
        for batch in order:
            with tf.GradientTape() as tape:
                loss = pinball(tf.gather(y, batch), network(tf.gather(x, batch), training=True))
            optimizer.apply(tape.gradient(loss, variables), variables)
            total += loss
        return total / float(steps)

    return tf.function(epoch)


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


def finetune(
    former: Forecaster,
    train: TrainingWindows,
    validation: TrainingWindows,
    recipe: Recipe,
    seed: int,
    progress: EpochCallback | None = None,
) -> tuple[Forecaster, FitResult]:
    """Continue the training of a former fit on a copy of its network.

    The scaler of the former fit is kept, because its weights were trained on inputs scaled with it. If no epoch
    improves the validation loss, `former` itself is returned.

    Raises:
        TrainingError: `train` or `validation` is empty, or the loss is not finite.
    """
    network = copy_network(former.network)
    scaling = features.Scaling.of(former.scaler)
    parts = rows_of(train, scaling), rows_of(validation, scaling)
    course = fit(network, *parts, recipe.finetune, seed, progress)
    return (replace(former, network=network) if course.best_epoch else former), course


def refinetune(
    former: Forecaster,
    windows: TrainingWindows,
    recipe: Recipe,
    seed: int,
    epochs: int,
    shrink: float,
    progress: EpochCallback | None = None,
) -> Forecaster:
    """Repeat the fine-tuning on all rows, with the number of epochs and the lambda found by validation.

    Raises:
        TrainingError: There are no rows, or the loss is not finite.
    """
    network = copy_network(former.network)
    rows = rows_of(windows, features.Scaling.of(former.scaler))
    fit_epochs(network, rows, recipe.finetune, seed, epochs, progress)
    return replace(former, network=network, shrink=shrink)
