"""Evaluation of a model: all measures, tests and curves of `metrics.json` and of the report."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.contract.arrays import Dates, f8
from model.contract.errors import TrainingError
from model.contract.levels import INTERVALS, LEVELS
from model.evaluation.baselines import NAIVE
from model.evaluation.forecasts import Forecasts, align
from model.evaluation.measures import (
    Measures,
    absolute_error_points,
    covered,
    crps_points,
    measure_by_symbol,
    naive_error_points,
    number,
    skill,
)
from model.evaluation.significance import Comparison, compare, date_means
from model.evaluation.verdict import Verdict, verdict

MODEL: Final = "model"
ROLLING_SESSIONS: Final = 60
RECORDED_SESSIONS: Final = 120  # about 10 kB per symbol


@dataclass(frozen=True, slots=True)
class BaselineTests:
    """Diebold-Mariano tests of the model against one baseline.

    Attributes:
        point: Test of the absolute errors of the point forecasts.
        distribution: Test of the CRPS.
    """

    point: Comparison
    distribution: Comparison

    def to_dict(self) -> dict[str, object]:
        """Both tests for JSON."""
        return {"point": self.point.to_dict(), "distribution": self.distribution.to_dict()}


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Forecast probabilities compared with observed frequencies.

    Attributes:
        observed: float64 [7], fraction of closes at or below the quantile of each level of `levels.LEVELS`.
        bins: float64 [8], fraction of closes between neighbouring quantiles (a PIT histogram with uneven bins).
        expected: float64 [8], the fractions of a calibrated model.
        points: Number of forecast points.
    """

    observed: f8
    bins: f8
    expected: f8
    points: int

    def to_dict(self) -> dict[str, object]:
        """The same values for JSON."""
        return {
            "levels": list(LEVELS),
            "observed": self.observed.tolist(),
            "bins": self.bins.tolist(),
            "expected": self.expected.tolist(),
            "points": self.points,
        }


@dataclass(frozen=True, slots=True, eq=False)
class OverTime:
    """Moving averages over sessions; each session is first averaged over symbols.

    Attributes:
        window: Number of sessions in each average, at most 60.
        date: datetime64[D] [d], last session of each average.
        coverage: float64 [d], fraction of closes inside each central interval, by the interval's percentage.
        error: float64 [d], |error| of the point forecast / last close.
        naive_error: float64 [d], |error| of "tomorrow = today" / last close.
    """

    window: int
    date: Dates
    coverage: dict[int, f8]
    error: f8
    naive_error: f8

    def to_dict(self) -> dict[str, object]:
        """The same values for JSON, with dates in ISO format."""
        return {
            "window": self.window,
            "date": self.date.astype(str).tolist(),
            "coverage": {str(percent): values.tolist() for percent, values in self.coverage.items()},
            "error": self.error.tolist(),
            "naive_error": self.naive_error.tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Evaluation of a model on a test range.

    Attributes:
        forecasts: The model's forecasts by symbol and date. `metrics.json` contains the last `RECORDED_SESSIONS` of
            each symbol.
        pooled: Means of the measures over symbols, by `MODEL` or name of a baseline.
        by_symbol: Measures of each symbol, by symbol and then as `pooled`.
        skill: Pooled CRPS skill of the model against each baseline.
        tests: Diebold-Mariano tests against each baseline, on the means over symbols of each session.
        calibration: Calibration of the model.
        over_time: Moving coverage and errors of the model, with the naive errors.
        verdict: The verdict in words.
    """

    forecasts: Forecasts
    pooled: dict[str, Measures]
    by_symbol: dict[str, dict[str, Measures]]
    skill: dict[str, float]
    tests: dict[str, BaselineTests]
    calibration: Calibration
    over_time: OverTime
    verdict: Verdict

    def to_dict(self) -> dict[str, object]:
        """The content of `metrics.json`: strict JSON, without nan or infinities."""
        dates = self.forecasts.dates
        return {
            "range": {"first": str(dates[0]), "last": str(dates[-1]), "sessions": len(dates)},
            "symbols": list(self.by_symbol),
            "measures": {name: measures.to_dict() for name, measures in self.pooled.items()},
            "by_symbol": {
                symbol: {name: measures.to_dict() for name, measures in rows.items()}
                for symbol, rows in self.by_symbol.items()
            },
            "skill": {name: number(value) for name, value in self.skill.items()},
            "tests": {name: tests.to_dict() for name, tests in self.tests.items()},
            "calibration": self.calibration.to_dict(),
            "over_time": self.over_time.to_dict(),
            "verdict": self.verdict.to_dict(),
            "forecasts": {symbol: _recorded(self.forecasts.of_symbol(symbol)) for symbol in self.by_symbol},
        }


def _recorded(forecasts: Forecasts) -> dict[str, object]:
    """The last forecasts of a symbol and the actual closes, with six significant digits."""
    rows = forecasts.ordered()
    rows = rows.take(np.arange(max(0, len(rows) - RECORDED_SESSIONS), len(rows)))
    return {
        "date": rows.date.astype(str).tolist(),
        "last": _digits(rows.last),
        "actual": _digits(rows.actual),
        "quantiles": [_digits(row) for row in rows.quantiles],
    }


def _digits(prices: f8) -> list[float]:
    return [float(f"{price:.6g}") for price in prices]


def evaluate(model: Forecasts, baselines: dict[str, Forecasts]) -> Evaluation:
    """Measure a model against its baselines on the model's forecast points.

    Args:
        model: The model's forecasts of a range that it was not trained on.
        baselines: Forecasts of at least the same points, by name. `baselines.NAIVE` is required.

    Raises:
        TrainingError: The naive baseline is missing, or a baseline lacks a point or was made from other closes.
        NotEnoughDataError: There are too few sessions for the tests.
    """
    if NAIVE not in baselines:
        raise TrainingError(f"evaluation: expected the baseline '{NAIVE}', got {sorted(baselines) or 'none'}")
    model = model.ordered()
    rows = {MODEL: model}
    for name, baseline in baselines.items():
        shared, rows[name] = align(model, baseline)
        if len(shared) != len(model):
            raise TrainingError(
                f"evaluation, baseline '{name}': expected all {len(model)} points of the model, got {len(shared)}"
            )
    measures = {name: measure_by_symbol(row) for name, row in rows.items()}
    tests = {name: _tests(model, row) for name, row in rows.items() if name != MODEL}
    last_close = compare(
        date_means(model.date, absolute_error_points(model)), date_means(model.date, naive_error_points(model))
    )
    pooled = {name: Measures.mean(list(by_symbol.values())) for name, by_symbol in measures.items()}
    return Evaluation(
        forecasts=model,
        pooled=pooled,
        by_symbol={
            symbol: {name: by_symbol[symbol] for name, by_symbol in measures.items()} for symbol in model.symbols
        },
        skill={name: skill(pooled[MODEL].crps, pooled[name].crps) for name in tests},
        tests=tests,
        calibration=_calibration(model),
        over_time=_over_time(model),
        verdict=verdict(last_close, tests[NAIVE].distribution),
    )


def _tests(model: Forecasts, baseline: Forecasts) -> BaselineTests:
    point, distribution = (
        compare(date_means(model.date, loss(model)), date_means(model.date, loss(baseline)))
        for loss in (absolute_error_points, crps_points)
    )
    return BaselineTests(point, distribution)


def _calibration(model: Forecasts) -> Calibration:
    # The number of quantiles below the close, 0 to 7, is the index of the close's bin.
    position = (model.actual[:, None] > model.quantiles).sum(axis=1)
    return Calibration(
        observed=(model.actual[:, None] <= model.quantiles).mean(axis=0),
        bins=np.bincount(position, minlength=len(LEVELS) + 1) / len(model),
        expected=np.diff([0.0, *LEVELS, 1.0]),
        points=len(model),
    )


def _over_time(model: Forecasts) -> OverTime:
    dates = model.dates
    window = min(ROLLING_SESSIONS, max(1, len(dates) // 4))

    def moving(points: f8) -> f8:
        means = date_means(model.date, points)
        result: f8 = np.lib.stride_tricks.sliding_window_view(means, window).mean(axis=1)
        return result

    return OverTime(
        window=window,
        date=dates[window - 1 :],
        coverage={percent: moving(covered(model, percent).astype(np.float64)) for percent in INTERVALS},
        error=moving(absolute_error_points(model)),
        naive_error=moving(naive_error_points(model)),
    )
