"""Evaluation of a model: every measure, test and curve that `metrics.json` and the report show."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import TrainingError
from model.contract.levels import INTERVALS, LEVELS
from model.evaluation.baselines import NAIVE
from model.evaluation.forecasts import Dates, Forecasts, align
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

f8 = NDArray[np.float64]
MODEL: Final = "model"
ROLLING_SESSIONS: Final = 60
RECORDED_SESSIONS: Final = 120  # some 10 kB a symbol


@dataclass(frozen=True, slots=True)
class Versus:
    """Diebold-Mariano tests of the model against one baseline: of the point forecast (absolute error) and the CRPS."""

    point: Comparison
    distribution: Comparison

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {"point": self.point.to_dict(), "distribution": self.distribution.to_dict()}


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Whether stated probabilities are those that came.

    Attributes:
        observed: float64 [7], share of closes at or below the quantile of each level of `levels.LEVELS`.
        bins: float64 [8], share of closes between neighbouring quantiles (a PIT histogram with uneven bins).
        expected: float64 [8], the shares that a calibrated model would show.
        points: number of points.
    """

    observed: f8
    bins: f8
    expected: f8
    points: int

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "levels": list(LEVELS),
            "observed": self.observed.tolist(),
            "bins": self.bins.tolist(),
            "expected": self.expected.tolist(),
            "points": self.points,
        }


@dataclass(frozen=True, slots=True, eq=False)
class OverTime:
    """Moving means over sessions, of the means over symbols of each session.

    Attributes:
        window: sessions in one mean, at most 60.
        date: datetime64[D] [d], last session of each mean.
        coverage: percent of an interval -> share of closes within it, float64 [d].
        error: |error| of the point forecast / last close, float64 [d].
        naive_error: the same of "tomorrow = today", float64 [d].
    """

    window: int
    date: Dates
    coverage: dict[int, f8]
    error: f8
    naive_error: f8

    def to_dict(self) -> dict[str, object]:
        """For JSON: dates as ISO text."""
        return {
            "window": self.window,
            "date": self.date.astype(str).tolist(),
            "coverage": {str(percent): values.tolist() for percent, values in self.coverage.items()},
            "error": self.error.tolist(),
            "naive_error": self.naive_error.tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What is known of a model on a test range.

    Attributes:
        forecasts: the model's, by symbol and date; `metrics.json` has the last `RECORDED_SESSIONS` of each symbol.
        pooled: `MODEL` or name of a baseline -> measures, means over symbols.
        by_symbol: symbol -> the same for that symbol.
        skill: baseline -> CRPS skill of the model against it, pooled.
        tests: baseline -> Diebold-Mariano tests, on per-session means over symbols.
        calibration: of the model. over_time: of the model, with naive errors. verdict: in words.
    """

    forecasts: Forecasts
    pooled: dict[str, Measures]
    by_symbol: dict[str, dict[str, Measures]]
    skill: dict[str, float]
    tests: dict[str, Versus]
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
    """The last forecasts of a symbol beside what then came, prices with six digits."""
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
    """Measures a model against its baselines on the model's points.

    Args:
        model: the model's forecasts of a range that it was not trained on.
        baselines: name -> forecasts of at least the same points; `baselines.NAIVE` must be among them.

    Raises:
        TrainingError: no naive baseline, or a baseline that lacks a point or was made from other closes.
        NotEnoughDataError: too few sessions for the tests.
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


def _tests(model: Forecasts, baseline: Forecasts) -> Versus:
    point, distribution = (
        compare(date_means(model.date, loss(model)), date_means(model.date, loss(baseline)))
        for loss in (absolute_error_points, crps_points)
    )
    return Versus(point, distribution)


def _calibration(model: Forecasts) -> Calibration:
    # Number of quantiles below the close: 0 .. 7, the bin that the close fell into.
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
