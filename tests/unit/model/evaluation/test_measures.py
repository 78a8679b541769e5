import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import TrainingError
from model.contract.levels import LEVELS
from model.evaluation.baselines import EWMA, NAIVE
from model.evaluation.forecasts import Forecasts, concatenate
from model.evaluation.measures import (
    Measures,
    absolute_error_points,
    covered,
    crps_points,
    measure,
    measure_by_symbol,
    naive_error_points,
    skill,
)


def test_measures_equal_the_textbook_formulas(baselines: dict[str, Forecasts]) -> None:
    f = baselines[EWMA]
    # Move the median away from the last close, so that MASE is not 1.
    f = replace(f, quantiles=f.quantiles * 1.002)
    m = measure(f)
    error = np.abs(f.actual - f.point)
    assert m.points == 250
    assert m.mae == pytest.approx(error.mean())
    assert m.rmse == pytest.approx(np.sqrt((error**2).mean()))
    assert m.mape == pytest.approx((error / f.actual).mean())
    assert m.smape == pytest.approx((error / (f.actual + f.point)).mean())
    assert m.mase == pytest.approx(error.mean() / np.abs(f.actual - f.last).mean())
    assert m.mase != pytest.approx(1.0, abs=1e-6)
    assert m.coverage[80] == covered(f, 80).mean()


def test_crps_equals_a_value_computed_by_hand() -> None:
    # All quantiles equal the last close and the close is 1 % above, so the pinball loss at level a is a * 0.01.
    close = np.array([50.0])
    f = Forecasts(np.array(["A"]), np.array(["2024-01-02"], "datetime64[D]"), close, close, np.full((1, 7), 50.0))
    assert crps_points(replace(f, actual=np.array([50.5]))).tolist() == pytest.approx([2 * np.mean(LEVELS) * 0.01])
    assert crps_points(f).tolist() == [0.0]


@given(scale=st.floats(0.01, 1000.0))
def test_losses_do_not_depend_on_the_unit_of_prices(baselines: dict[str, Forecasts], scale: float) -> None:
    f = baselines[EWMA]
    scaled = Forecasts(f.symbol, f.date, f.last * scale, f.actual * scale, f.quantiles * scale)
    for loss in (crps_points, absolute_error_points, naive_error_points):
        assert np.allclose(loss(f), loss(scaled), rtol=1e-9, atol=1e-15)


@given(factor=st.floats(1.0, 5.0))
def test_wider_intervals_contain_at_least_as_many_closes(baselines: dict[str, Forecasts], factor: float) -> None:
    f = baselines[EWMA]
    wider = replace(f, quantiles=f.last[:, None] * (f.quantiles / f.last[:, None]) ** factor)
    for percent in (50, 80, 90):
        assert covered(wider, percent).sum() >= covered(f, percent).sum()


def test_last_close_has_mase_one(baselines: dict[str, Forecasts]) -> None:
    assert all(measure(f).mase == 1.0 for f in baselines.values())


def test_pooled_measures_are_means_over_symbols(baselines: dict[str, Forecasts]) -> None:
    one = baselines[EWMA]
    other = replace(baselines[NAIVE].take(np.arange(100)), symbol=np.full(100, "OTHER"))
    both = concatenate([one, other])
    parts = measure_by_symbol(both)
    assert set(parts) == {one.symbols[0], "OTHER"}
    pooled = measure(both)
    assert pooled.points == 350
    assert pooled.crps == pytest.approx(np.mean([measure(one).crps, measure(other).crps]))
    assert pooled.coverage[90] == pytest.approx(np.mean([measure(one).coverage[90], measure(other).coverage[90]]))


def test_mase_of_a_constant_price_is_null_in_json(baselines: dict[str, Forecasts]) -> None:
    f = baselines[EWMA]
    m = measure(replace(f, actual=f.last))
    assert np.isnan(m.mase)
    assert json.loads(json.dumps(m.to_dict(), allow_nan=False))["mase"] is None


def test_skill_is_relative_to_the_reference() -> None:
    assert skill(0.9, 1.0) == pytest.approx(0.1)
    assert skill(1.1, 1.0) == pytest.approx(-0.1)
    assert np.isnan(skill(1.0, 0.0))


def test_empty_forecasts_are_refused(baselines: dict[str, Forecasts]) -> None:
    with pytest.raises(TrainingError, match="got none"):
        measure(baselines[EWMA].of_symbol("NONE"))
    with pytest.raises(TrainingError, match="got none"):
        Measures.mean([])
