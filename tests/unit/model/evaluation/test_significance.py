import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from model.contract.errors import NotEnoughDataError, TrainingError
from model.evaluation.baselines import EWMA, NAIVE
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import crps_points
from model.evaluation.significance import compare, date_means, long_run_variance


@pytest.mark.parametrize("lag", [5, 20])
def test_standard_error_equals_that_of_statsmodels(baselines: dict[str, Forecasts], lag: int) -> None:
    loss, reference = crps_points(baselines[EWMA]), crps_points(baselines[NAIVE])
    fit = sm.OLS(loss - reference, np.ones(250)).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
    comparison = compare(loss, reference, lag)
    assert comparison.difference == pytest.approx(float(fit.params[0]))
    assert comparison.error == pytest.approx(float(fit.bse[0]))
    t = stats.t(1.5 * 250 / (lag + 1))
    assert comparison.p_better == pytest.approx(t.cdf(comparison.difference / comparison.error))


@given(seed=st.integers(0, 10**6), lag=st.integers(0, 30))
def test_variance_is_vectorised_and_never_negative(seed: int, lag: int) -> None:
    series = np.random.default_rng(seed).standard_t(3, (3, 40))
    together = long_run_variance(series, lag)
    assert (together >= 0).all()
    assert np.allclose(together, [long_run_variance(row, lag) for row in series])


def test_swapping_the_models_mirrors_the_test(baselines: dict[str, Forecasts]) -> None:
    a, b = crps_points(baselines[EWMA]), crps_points(baselines[NAIVE])
    ab, ba = compare(a, b), compare(b, a)
    assert ab.p_better + ba.p_better == pytest.approx(1.0)
    assert ab.p_different == pytest.approx(ba.p_different)
    assert ab.p_different == pytest.approx(2 * min(ab.p_better, ba.p_better))


def test_equal_losses_are_not_significant() -> None:
    loss = np.linspace(1.0, 2.0, 50)
    comparison = compare(loss, loss)
    assert (comparison.p_better, comparison.p_different, comparison.increase_bound()) == (0.5, 1.0, 0.0)


def test_constant_difference_is_certain() -> None:
    comparison = compare(np.full(50, 1.0), np.full(50, 2.0))
    assert (comparison.p_better, comparison.p_different) == (0.0, 0.0)
    assert comparison.increase_bound() == -0.5


def test_increase_bound_has_the_nominal_confidence() -> None:
    rng = np.random.default_rng(5)
    # The true increase is 2 %.
    bounds = [compare(rng.normal(1.02, 0.1, 250), rng.normal(1.0, 0.1, 250)).increase_bound() for _ in range(1000)]
    # 95 %, within 4 standard errors of a fraction of 1,000.
    assert abs(np.mean(np.array(bounds) >= 0.02) - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 1000)


def test_losses_are_averaged_per_session() -> None:
    date = np.array(["2024-01-03", "2024-01-02", "2024-01-03"], "datetime64[D]")
    assert date_means(date, np.array([1.0, 5.0, 3.0])).tolist() == [5.0, 2.0]


def test_invalid_losses_are_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="more than 10 sessions for the test, got 10"):
        compare(np.ones(10), np.ones(10))
    with pytest.raises(TrainingError, match="equal length"):
        compare(np.ones(20), np.ones(21))
    with pytest.raises(TrainingError, match="finite"):
        compare(np.full(20, np.nan), np.ones(20))
