import numpy as np
import pytest

from model.contract import features
from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.levels import LEVELS, MEDIAN
from model.contract.window import sliding_windows
from model.evaluation.baselines import EWMA, GARCH, NAIVE, ROLLING, baseline_forecasts
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import measure
from tests.unit.model.evaluation.conftest import Closes


def test_every_baseline_forecasts_the_last_close(closes: Closes, baselines: dict[str, Forecasts]) -> None:
    assert list(baselines) == [NAIVE, ROLLING, EWMA, GARCH]
    for f in baselines.values():
        assert np.array_equal(f.date, closes.targets)
        assert np.array_equal(f.actual, closes.closes[-250:])
        assert np.array_equal(f.last, closes.closes[-251:-1])
        assert np.array_equal(f.point, f.last)


def test_naive_uses_the_quantiles_of_the_training_range(closes: Closes, baselines: dict[str, Forecasts]) -> None:
    returns = np.diff(np.log(closes.closes[closes.dates <= closes.trained_until]))
    expected = np.quantile(returns, LEVELS) - np.median(returns)
    assert np.allclose(np.log(baselines[NAIVE].quantiles / baselines[NAIVE].last[:, None]), expected, atol=1e-12)


def test_ewma_uses_the_centred_quantiles_of_the_training_targets(
    closes: Closes, baselines: dict[str, Forecasts]
) -> None:
    train = closes.closes[closes.dates <= closes.trained_until]
    _, sigma = features.window_features(sliding_windows(train)[:-1])
    y = features.targets(train[59:-1], sigma, train[60:])
    q = features.empirical_quantiles(y)
    _, now = features.window_features(sliding_windows(closes.closes)[-251:-1])
    expected = features.quantiles_to_prices(closes.closes[-251:-1], now, np.tile(q - q[MEDIAN], (250, 1)), 1.0)
    assert np.allclose(baselines[EWMA].quantiles, expected, rtol=1e-12)


@pytest.mark.parametrize("name", [NAIVE, ROLLING, EWMA, GARCH])
def test_baselines_do_not_use_the_target_or_later_closes(
    closes: Closes, baselines: dict[str, Forecasts], name: str
) -> None:
    changed = closes.closes.copy()
    changed[-100:] *= np.exp(np.random.default_rng(3).normal(0.0, 0.02, 100))
    again = baseline_forecasts(closes.symbol, closes.dates, changed, closes.trained_until, closes.targets)[name]
    # Forecasts up to and including the one of the first changed close are equal, because they use earlier closes.
    assert np.allclose(again.quantiles[:151], baselines[name].quantiles[:151], rtol=1e-12)
    assert not np.allclose(again.quantiles[151:], baselines[name].quantiles[151:], rtol=1e-4)


def test_conditional_baselines_follow_volatility_and_ewma_has_good_coverage(baselines: dict[str, Forecasts]) -> None:
    width = {name: np.log(f.quantiles[:, -1] / f.quantiles[:, 0]) for name, f in baselines.items()}
    assert np.ptp(width[NAIVE]) < 1e-12
    assert np.corrcoef(width[EWMA], width[GARCH])[0, 1] > 0.5
    for name in (ROLLING, EWMA, GARCH):
        assert np.std(width[name]) > 0.1 * np.mean(width[name])
    assert abs(measure(baselines[EWMA]).coverage[90] - 0.9) < 0.05


def test_invalid_targets_are_refused(closes: Closes) -> None:
    def run(trained_until: np.datetime64, targets: np.ndarray) -> None:
        baseline_forecasts(closes.symbol, closes.dates, closes.closes, trained_until, targets)

    with pytest.raises(NotEnoughDataError, match="expected at least 310 closes"):
        run(closes.dates[308], closes.targets)
    with pytest.raises(NotEnoughDataError, match="expected 60 closes before each target, got 59"):
        run(closes.trained_until, closes.dates[59:61])
    with pytest.raises(TrainingError, match=r"expected sessions of the series as targets, got 2099-01-01"):
        run(closes.trained_until, np.array(["2099-01-01"], "datetime64[D]"))
