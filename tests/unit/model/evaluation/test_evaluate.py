import json
from dataclasses import replace

import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.contract.levels import LEVELS
from model.evaluation.baselines import EWMA, GARCH, NAIVE, ROLLING
from model.evaluation.evaluate import MODEL, evaluate
from model.evaluation.forecasts import Forecasts, concatenate
from model.evaluation.measures import absolute_error_points, covered, measure, naive_error_points
from model.evaluation.verdict import Outcome


def test_every_baseline_has_measures_skill_and_tests(baselines: dict[str, Forecasts]) -> None:
    evaluation = evaluate(baselines[EWMA], baselines)
    assert list(evaluation.pooled) == [MODEL, NAIVE, ROLLING, EWMA, GARCH]
    for name, forecasts in baselines.items():
        assert evaluation.pooled[name] == measure(forecasts)
        assert evaluation.skill[name] == pytest.approx(1 - measure(baselines[EWMA]).crps / measure(forecasts).crps)
        assert evaluation.tests[name].distribution.mean == pytest.approx(measure(baselines[EWMA]).crps)
        assert evaluation.tests[name].distribution.reference == pytest.approx(measure(forecasts).crps)
    assert evaluation.skill[EWMA] == 0.0
    assert evaluation.tests[EWMA].distribution.p_different == 1.0
    assert evaluation.verdict.point is Outcome.TIE


def test_calibration_counts_closes_by_quantile(baselines: dict[str, Forecasts]) -> None:
    f = baselines[EWMA]
    calibration = evaluate(f, baselines).calibration
    assert calibration.points == 250
    assert calibration.observed.tolist() == [float(np.mean(f.actual <= f.quantiles[:, i])) for i in range(7)]
    assert calibration.bins.sum() == pytest.approx(1.0)
    assert np.allclose(np.cumsum(calibration.bins)[:-1], calibration.observed)
    assert np.allclose(np.cumsum(calibration.expected)[:-1], LEVELS)


def test_curves_are_moving_means_up_to_the_last_session(baselines: dict[str, Forecasts]) -> None:
    f = replace(baselines[EWMA], quantiles=baselines[EWMA].quantiles * 1.001)
    over_time = evaluate(f, baselines).over_time
    assert over_time.window == 60
    assert len(over_time.date) == len(over_time.error) == 191
    assert over_time.date[-1] == f.date[-1]
    last = f.take(np.arange(190, 250))
    assert over_time.error[-1] == pytest.approx(absolute_error_points(last).mean())
    assert over_time.naive_error[-1] == pytest.approx(naive_error_points(last).mean())
    assert over_time.error[-1] != over_time.naive_error[-1]
    assert over_time.coverage[80][-1] == pytest.approx(covered(last, 80).mean())


def test_symbols_are_measured_separately_and_pooled_by_session(baselines: dict[str, Forecasts]) -> None:
    both = {
        name: concatenate([f, replace(f, symbol=np.full(250, "ZZ"), quantiles=f.quantiles * 1.01)])
        for name, f in baselines.items()
    }
    evaluation = evaluate(both[EWMA], both)
    own = baselines[EWMA].symbols[0]
    assert set(evaluation.by_symbol) == {own, "ZZ"}
    assert evaluation.by_symbol["ZZ"][MODEL].mase > evaluation.by_symbol[own][MODEL].mase == 1.0
    assert evaluation.tests[NAIVE].point.sessions == 250
    assert evaluation.verdict.point is Outcome.WORSE


def test_metrics_are_strict_json(baselines: dict[str, Forecasts]) -> None:
    f = baselines[EWMA]
    content = json.loads(json.dumps(evaluate(f, baselines).to_dict(), allow_nan=False))
    assert content["range"] == {"first": str(f.date[0]), "last": str(f.date[-1]), "sessions": 250}
    assert content["measures"][MODEL]["mase"] == 1.0
    assert set(content["by_symbol"][f.symbols[0]]) == {MODEL, *baselines}
    assert content["over_time"]["date"][-1] == str(f.date[-1])
    recorded = content["forecasts"][f.symbols[0]]
    assert [len(recorded[name]) for name in ("date", "last", "actual", "quantiles")] == [120] * 4
    assert recorded["date"][-1] == str(f.date[-1])
    assert recorded["actual"][-1] == pytest.approx(f.actual[-1], rel=1e-5)
    assert recorded["quantiles"][-1] == pytest.approx(f.quantiles[-1], rel=1e-5)
    # If the price never changes, MASE is undefined and written as null.
    constant = {name: replace(row, actual=row.last) for name, row in baselines.items()}
    content = json.loads(json.dumps(evaluate(constant[EWMA], constant).to_dict(), allow_nan=False))
    assert content["measures"][MODEL]["mase"] is None


def test_baselines_may_have_more_points_than_the_model_but_not_fewer(baselines: dict[str, Forecasts]) -> None:
    part = baselines[EWMA].take(np.arange(100, 250))
    assert evaluate(part, baselines).pooled[NAIVE].points == 150
    with pytest.raises(TrainingError, match="baseline 'naive': expected all 250 points of the model, got 150"):
        evaluate(baselines[EWMA], {NAIVE: baselines[NAIVE].take(np.arange(100, 250))})
    with pytest.raises(TrainingError, match=r"expected the baseline 'naive', got \['ewma'\]"):
        evaluate(baselines[EWMA], {EWMA: baselines[EWMA]})
