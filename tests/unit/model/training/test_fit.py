from typing import Any

import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.training.fit import Rows, fit, fit_epochs, pinball
from model.training.network import build_network, set_initial_quantiles
from model.training.predict import raw_quantiles
from model.training.recipe import FitSettings

PLAN = FitSettings(learning_rate=4e-3, batch=32, epochs=4, patience=2)


def rows(seed: int, n: int, scale: float = 1.0) -> Rows:
    """Rows from which a network can learn: the spread of the targets depends on the sign of the last feature."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 59, 3)).astype(np.float32)
    spread = np.where(x[:, -1, 0] > 0, 2.0, 0.5) * scale
    return Rows(x, (spread * random.normal(size=n)).astype(np.float32))


def network_at(scale: float = 1.0) -> Any:
    network = build_network(4, seed=2)
    set_initial_quantiles(network, scale * np.array([-1.6, -1.3, -0.7, 0.0, 0.7, 1.3, 1.6]))
    return network


def test_pinball_equals_the_textbook_formula() -> None:
    quantiles = np.array([[-2, -1, -0.5, 0, 0.5, 1, 2]], np.float32)
    for y in (-3.0, 0.2, 5.0):
        expected = np.mean(
            [
                max(p * (y - q), (p - 1) * (y - q))
                for p, q in zip((0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95), quantiles[0], strict=True)
            ]
        )
        assert float(pinball(np.array([y], np.float32), quantiles)) == pytest.approx(expected, rel=1e-6)


def test_fit_reduces_the_loss_and_keeps_the_best_epoch() -> None:
    network, train, validation = network_at(), rows(0, 600), rows(1, 300)
    events: list[tuple[int, int, float | None, float | None]] = []
    course = fit(network, train, validation, PLAN, 0, lambda *event: events.append(event))
    losses = [epoch.validation for epoch in course.history]
    assert course.best_epoch == int(np.argmin(losses)) > 0
    kept = float(pinball(validation.target, raw_quantiles(network, validation.features)))
    assert kept == pytest.approx(min(losses), rel=1e-6)
    assert events == [(epoch.epoch, 4, epoch.train, epoch.validation) for epoch in course.history]


def test_training_without_improvement_keeps_the_initial_weights() -> None:
    network = network_at()
    before = network.get_weights()
    # Training targets are narrow and validation targets are wide, so every epoch increases the validation loss.
    course = fit(network, rows(0, 300, scale=0.01), rows(1, 300, scale=3), PLAN, 0)
    assert course.best_epoch == 0
    assert len(course.history) == 1 + PLAN.patience
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_refit_on_the_same_rows_repeats_the_fit() -> None:
    """Learning rates and orders of rows are those of the first fit."""
    one, again, train = network_at(), network_at(), rows(0, 600)
    course = fit(one, train, rows(1, 300), PLAN, 7)
    losses = fit_epochs(again, train, PLAN, 7, course.best_epoch)
    assert losses == tuple(epoch.train for epoch in course.history[1 : course.best_epoch + 1])
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), again.get_weights(), strict=True))


def test_zero_epochs_keep_the_weights() -> None:
    network = network_at()
    before = network.get_weights()
    assert fit_epochs(network, rows(0, 10), PLAN, 0, 0) == ()
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_seed_determines_the_order_of_rows() -> None:
    train = rows(0, 600)
    weights = []
    for seed in (0, 1):
        network = network_at()
        fit_epochs(network, train, PLAN, seed, 1)
        weights.append(network.get_weights())
    assert not np.array_equal(weights[0][0], weights[1][0])


def test_empty_parts_and_invalid_targets_are_refused() -> None:
    empty = Rows(np.empty((0, 59, 3), np.float32), np.empty(0, np.float32))
    with pytest.raises(TrainingError, match="training: expected at least one row"):
        fit(network_at(), empty, rows(0, 5), PLAN, 0)
    with pytest.raises(TrainingError, match="validation: expected at least one row"):
        fit(network_at(), rows(0, 5), empty, PLAN, 0)
    invalid = rows(0, 50)
    invalid.target[3] = np.nan
    with pytest.raises(TrainingError, match="expected a finite loss, got nan"):
        fit(network_at(), invalid, rows(0, 5), PLAN, 0)
