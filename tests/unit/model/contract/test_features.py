"""Features and inverse scaling: comparison with loops, and the properties that forecasts depend on."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import StandardScaler

from model.contract import features
from model.contract.arrays import f8
from model.contract.features import Scaling
from model.contract.levels import LEVELS, MEDIAN
from model.contract.window import RETURNS, WINDOW, sliding_windows

steps = arrays(np.float64, (3, RETURNS), elements=st.floats(-0.3, 0.3))


def make_closes(returns: f8, first: float = 30.0) -> f8:
    start = np.full((len(returns), 1), log(first))
    closes: f8 = np.exp(np.concatenate([start, start + np.cumsum(returns, axis=1)], axis=1))
    return closes


def test_volatility_is_the_ewma_of_squared_returns() -> None:
    returns = np.random.default_rng(1).normal(0, 0.02, (1, RETURNS))
    weights = [0.94 ** (RETURNS - 1 - k) for k in range(RETURNS)]
    variance = sum(w * r * r for w, r in zip(weights, returns[0], strict=True)) / sum(weights)
    assert features.volatility(returns)[0] == pytest.approx(sqrt(variance + 1e-8), rel=1e-12)


def test_volatility_of_constant_closes_is_the_floor() -> None:
    assert features.volatility(np.zeros((2, RETURNS))).tolist() == [0.004, 0.004]


@given(steps)
def test_features_follow_their_formulas(returns: f8) -> None:
    found, sigma = features.window_features(make_closes(returns))
    assert found.dtype == np.float32
    assert found.shape == (3, RETURNS, 3)
    standardised = returns / sigma[:, None]
    np.testing.assert_allclose(found[..., 0], np.clip(standardised, -8, 8), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[..., 1], np.log(np.abs(standardised) + 0.1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[..., 2], np.broadcast_to(np.log(sigma)[:, None], returns.shape), rtol=1e-6)


@given(steps, st.floats(1e-3, 1e6))
def test_features_do_not_depend_on_the_price_unit(returns: f8, factor: float) -> None:
    closes = make_closes(returns)
    found, sigma = features.window_features(closes)
    scaled, scaled_sigma = features.window_features(closes * factor)
    np.testing.assert_allclose(scaled_sigma, sigma, rtol=1e-9)
    np.testing.assert_allclose(scaled[..., 0], found[..., 0], atol=1e-5)


@given(
    steps,
    arrays(np.float64, (3, len(LEVELS)), elements=st.floats(-10, 10)).map(lambda q: np.sort(q, axis=1)),
    st.sampled_from([0.0, 1.0]),
)
def test_prices_are_ascending_and_can_be_inverted(returns: f8, quantiles: f8, shrink: float) -> None:
    closes = make_closes(returns)
    last, sigma = closes[:, -1], features.volatility(returns)
    found = features.quantiles_to_prices(last, sigma, quantiles, shrink)
    assert (np.diff(found, axis=1) >= 0).all()
    back = np.log(found / last[:, None]) / sigma[:, None] + (1 - shrink) * quantiles[:, MEDIAN : MEDIAN + 1]
    np.testing.assert_allclose(back, quantiles, atol=1e-8)


@given(steps, st.floats(0.5, 2.0))
def test_target_as_quantile_gives_the_next_close(returns: f8, factor: float) -> None:
    closes = make_closes(returns)
    last, sigma = closes[:, -1], np.maximum(features.volatility(returns), 0.06)  # within the clip of +-12
    following = last * factor
    target = features.targets(last, sigma, following)
    found = features.quantiles_to_prices(last, sigma, np.repeat(target[:, None], len(LEVELS), axis=1), 1.0)
    np.testing.assert_allclose(found, np.repeat(following[:, None], len(LEVELS), axis=1), rtol=1e-12)


def test_shrinking_moves_the_median_to_the_last_close_and_keeps_the_width() -> None:
    quantiles = np.array([[-2.0, -1, 0, 0.5, 1, 2, 3]])
    last, sigma = np.array([40.0]), np.array([0.02])
    kept, shrunk = (features.quantiles_to_prices(last, sigma, quantiles, shrink)[0] for shrink in (1.0, 0.0))
    assert shrunk[MEDIAN] == 40.0
    assert kept[MEDIAN] == pytest.approx(40 * exp(0.01))
    np.testing.assert_allclose(np.diff(np.log(shrunk)), np.diff(np.log(kept)))


def test_targets_are_clipped() -> None:
    sigma = np.array([0.01, 0.01])
    found = features.targets(np.array([10.0, 10.0]), sigma, np.array([20.0, 5.0]))
    assert found.tolist() == [12.0, -12.0]


def test_scaling_equals_the_clipped_scaler() -> None:
    windows = sliding_windows(make_closes(np.random.default_rng(2).normal(0, 0.02, (1, 59)))[0])
    found, _ = features.window_features(windows)
    scaler = features.fit_scaler(found)
    expected = np.clip(scaler.transform(found.reshape(-1, 3)).reshape(found.shape), -8, 8)
    np.testing.assert_allclose(Scaling.of(scaler).apply(found), expected, atol=1e-5)


def test_extreme_features_are_clipped_after_scaling() -> None:
    scaling = Scaling(np.zeros(3, np.float32), np.full(3, 0.1, np.float32))
    found = scaling.apply(np.array([[[5.0, -5.0, 0.1]]], np.float32))
    np.testing.assert_allclose(found, [[[8.0, -8.0, 1.0]]])


@pytest.mark.parametrize("scaler", [StandardScaler(), StandardScaler().fit(np.zeros((2, 4)))])
def test_scaler_without_three_features_is_refused(scaler: StandardScaler) -> None:
    with pytest.raises(ValueError, match="fitted on 3 features"):
        Scaling.of(scaler)


def test_empirical_quantiles_are_at_the_levels() -> None:
    found = features.empirical_quantiles(np.linspace(0, 100, 101))
    np.testing.assert_allclose(found, [100 * level for level in LEVELS])


def test_windows_slide_by_one() -> None:
    closes = np.arange(1.0, 63.0)
    found = sliding_windows(closes)
    assert found.shape == (3, WINDOW)
    assert found[:, -1].tolist() == [60.0, 61.0, 62.0]
    assert sliding_windows(closes[:59]).shape == (0, WINDOW)
