import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.contract.features import empirical_quantiles
from model.prices.series import PriceSeries
from model.quiet_tensorflow import keras
from model.training.dataset import windows_of
from model.training.network import MonotoneQuantiles, build_network, copy_network, set_initial_quantiles
from model.training.predict import raw_quantiles

numbers = st.floats(-20, 20, width=32)


def head_with(weights: np.ndarray) -> MonotoneQuantiles:
    head = MonotoneQuantiles()
    head.build((None, weights.shape[0] - 1))
    head.set_weights([weights[:-1], weights[-1]])
    return head


@settings(deadline=None, max_examples=200)
@given(arrays(np.float32, (4, 8), elements=numbers), arrays(np.float32, (5, 3), elements=st.floats(-1, 1, width=32)))
def test_quantiles_never_cross(weights: np.ndarray, inputs: np.ndarray) -> None:
    quantiles = np.asarray(head_with(weights)(inputs))
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_head_equals_the_documented_formula() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    inputs = np.random.default_rng(1).uniform(-1, 1, (5, 3)).astype(np.float32)
    raw = inputs.astype(np.float64) @ weights[:-1] + weights[-1]
    gaps = np.exp(raw[:, 1:2]) * np.log1p(np.exp(raw[:, 2:]))
    below, above = np.cumsum(gaps[:, 2::-1], axis=1)[:, ::-1], np.cumsum(gaps[:, 3:], axis=1)
    expected = raw[:, :1] + np.concatenate([-below, np.zeros((5, 1)), above], axis=1)
    np.testing.assert_allclose(np.asarray(head_with(weights)(inputs)), expected, rtol=1e-5, atol=1e-6)


def test_untrained_network_returns_the_empirical_quantiles(series: PriceSeries) -> None:
    windows = windows_of([series])
    quantiles = empirical_quantiles(windows.target)
    network = build_network(16, seed=3)
    set_initial_quantiles(network, quantiles)
    answer = raw_quantiles(network, windows.features[:50])
    np.testing.assert_allclose(answer, np.tile(quantiles - quantiles[3], (50, 1)), rtol=1e-5, atol=1e-6)
    assert (answer[:, 3] == 0).all()


def test_network_can_start_from_equal_quantiles() -> None:
    network = build_network(4, seed=3)
    set_initial_quantiles(network, np.zeros(7))
    answer = raw_quantiles(network, np.zeros((1, 59, 3), np.float32))
    assert (np.diff(answer) > 0).all()
    assert np.abs(answer).max() < 1e-3


def test_initial_weights_depend_only_on_the_seed() -> None:
    one, same, another = (build_network(16, seed).get_weights() for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], another[0])
    assert sum(weight.size for weight in one) == 4 * 16 * (3 + 16 + 1) + 17 * 8


def test_copy_does_not_share_weights() -> None:
    network = build_network(4, seed=1)
    set_initial_quantiles(network, np.linspace(-1, 1, 7))
    copied = copy_network(network)
    x = np.random.default_rng(0).normal(size=(3, 59, 3)).astype(np.float32)
    assert np.array_equal(raw_quantiles(network, x), raw_quantiles(copied, x))
    copied.get_layer("head").bias.assign(np.ones(8, np.float32))
    assert network.get_layer("head").bias[0] == 0


def test_keras_restores_the_network_without_custom_objects() -> None:
    network = build_network(4, seed=1)
    restored = keras.Model.from_config(network.get_config())
    assert [type(layer) for layer in restored.layers] == [type(layer) for layer in network.layers]
    assert restored.output_shape == (None, 7)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_network_accepts_any_number_of_rows(rows: int) -> None:
    network = build_network(4, seed=1)
    x = np.random.default_rng(0).normal(size=(rows, 59, 3)).astype(np.float32)
    assert raw_quantiles(network, x, batch=2).shape == (rows, 7)
