"""The rules of the gate on simulated losses of two models that are equally good by construction."""

import numpy as np
import pytest
from scipy import stats

from model.contract.arrays import f8
from model.contract.levels import LEVELS
from model.evaluation.rules import GATE_SESSIONS, refresh_rule, replace_rule, worst_limit

PAIRS = 4000
T4 = stats.t(4).ppf(LEVELS) / np.sqrt(2)  # Student's t with 4 degrees of freedom, scaled to variance 1


def autoregressive(rng: np.random.Generator, persistence: float, deviation: float) -> f8:
    series = rng.normal(0.0, deviation * np.sqrt(1 - persistence**2), (PAIRS, GATE_SESSIONS))
    series[:, 0] = rng.normal(0.0, deviation, PAIRS)
    for t in range(1, GATE_SESSIONS):
        series[:, t] += persistence * series[:, t - 1]
    return series


def noise(persistence: float, deviation: float, seed: int) -> tuple[f8, f8]:
    """Simulate the CRPS of challengers and champions, float64 [PAIRS, 250] each.

    Returns have clustered volatility and heavy tails. Both models know the distribution except for its scale. Their
    errors of the scale are independent and identically distributed, so the models are exchangeable.
    """
    rng = np.random.default_rng(seed)
    sigma = 0.015 * np.exp(autoregressive(rng, 0.97, 0.4))
    returns = sigma * rng.standard_t(4, sigma.shape) / np.sqrt(2)

    def crps() -> f8:
        scale = sigma * np.exp(autoregressive(rng, persistence, deviation))
        loss = np.zeros_like(sigma)
        for level, quantile in zip(LEVELS, T4, strict=True):
            error = returns - scale * quantile
            loss += np.maximum(level * error, (level - 1) * error)
        return 2 * loss / len(LEVELS)

    return crps(), crps()


# The errors of the scale are independent on each day, or last for weeks or months. A retraining changes the scale by
# about 5 %, another estimate of volatility by about 10 %.
@pytest.mark.parametrize(("persistence", "deviation"), [(0.0, 0.05), (0.0, 0.1), (0.9, 0.05), (0.9, 0.1), (0.97, 0.1)])
def test_replace_promotes_an_equal_model_in_at_most_five_percent(persistence: float, deviation: float) -> None:
    challengers, champions = noise(persistence, deviation, seed=17)
    promoted = [
        all(check.passed for check in replace_rule(a, b, 1)) for a, b in zip(challengers, champions, strict=True)
    ]
    share, lower = np.mean(promoted), np.mean(challengers.mean(axis=1) < champions.mean(axis=1))
    assert share <= 0.05
    # A rule that never promotes would pass the check above.
    assert share > 0.01
    # "The lower mean wins" would promote half, here within 4 standard errors of a fraction of 4,000.
    assert abs(lower - 0.5) < 4 * np.sqrt(0.25 / PAIRS)


def test_best_of_several_equal_challengers_is_promoted_in_at_most_five_percent() -> None:
    tried = 5
    challengers, champions = noise(0.9, 0.1, seed=23)
    passed = np.array(
        [all(check.passed for check in replace_rule(a, b, tried)) for a, b in zip(challengers, champions, strict=True)]
    )
    assert passed.reshape(-1, tried).any(axis=1).mean() <= 0.05


def test_replace_promotes_a_better_recipe() -> None:
    challengers, champions = noise(0.9, 0.1, seed=29)
    better = [
        all(check.passed for check in replace_rule(a * 0.98, b, 1))
        for a, b in zip(challengers[:500], champions[:500], strict=True)
    ]
    assert np.mean(better) > 0.75


def test_refresh_accepts_most_retrainings_and_refuses_models_two_percent_worse() -> None:
    challengers, champions = noise(0.9, 0.03, seed=31)
    pairs = list(zip(challengers[:1000], champions[:1000], strict=True))
    assert np.mean([refresh_rule(a, b).passed for a, b in pairs]) > 0.95
    # A factor of 1.02 is above the limit, and the bound must refuse it in at least 95 % of cases.
    assert np.mean([refresh_rule(a * 1.02, b).passed for a, b in pairs]) < 0.05


def test_worst_of_several_symbols_has_a_wider_limit() -> None:
    assert [worst_limit(percent, 1) for percent in (50, 80, 90)] == pytest.approx([0.06, 0.055, 0.04])
    rng = np.random.default_rng(37)
    for percent in (50, 80, 90):
        nominal = percent / 100
        shares = rng.binomial(GATE_SESSIONS, nominal, (20_000, 20)) / GATE_SESSIONS
        # Twenty calibrated symbols are refused no more often than one.
        one = np.mean(np.abs(shares[:, 0] - nominal) > worst_limit(percent, 1) + 1e-12)
        worst = np.mean(np.abs(shares - nominal).max(axis=1) > worst_limit(percent, 20) + 1e-12)
        assert worst <= one + 0.02
        assert worst_limit(percent, 20) < 2 * worst_limit(percent, 1)
