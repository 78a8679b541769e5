"""Measures of forecast accuracy, and the losses of single points that tests and charts share.

utilsforecast computes MAE, RMSE, MAPE, sMAPE, coverage and the relative MAE (MASE). Only this module uses pandas.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from utilsforecast import losses

from model.contract.arrays import f8
from model.contract.errors import TrainingError
from model.contract.levels import INTERVALS, LEVELS
from model.evaluation.forecasts import Forecasts

_LEVELS: Final = np.array(LEVELS)
_MODEL: Final = "model"
_NAIVE: Final = "naive"


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one model on one symbol, or their mean over symbols.

    Attributes:
        points: Number of forecast points.
        mae: Mean absolute error of the point forecast, in price units.
        rmse: Root mean squared error of the point forecast, in price units.
        mape: Mean of |error| / actual, as a fraction (0.01 is 1 %).
        smape: Mean of |error| / (actual + forecast), as a fraction, as utilsforecast defines it.
        mase: MAE over the MAE of "tomorrow = today" on the same points (Hyndman & Koehler 2006, scaled out of sample);
            nan if the naive forecast has no error.
        crps: 2 * mean pinball loss over the levels, on price / last close: the quantile form of the continuous ranked
            probability score (Gneiting & Ranjan 2011), as a fraction of the price.
        coverage: Fraction of closes inside each central interval, by the interval's percentage.
    """

    points: int
    mae: float
    rmse: float
    mape: float
    smape: float
    mase: float
    crps: float
    coverage: dict[int, float]

    @classmethod
    def mean(cls, parts: list[Self]) -> Self:
        """Unweighted mean over symbols; `points` is the sum.

        MAE and RMSE are in price units, so their mean says little if the symbols' prices differ in size or currency.

        Raises:
            TrainingError: `parts` is empty.
        """
        if not parts:
            raise TrainingError("measures: expected at least one symbol, got none")

        def over(name: str) -> float:
            return float(np.mean([getattr(part, name) for part in parts]))

        return cls(
            points=sum(part.points for part in parts),
            mae=over("mae"),
            rmse=over("rmse"),
            mape=over("mape"),
            smape=over("smape"),
            mase=over("mase"),
            crps=over("crps"),
            coverage={k: float(np.mean([part.coverage[k] for part in parts])) for k in INTERVALS},
        )

    def to_dict(self) -> dict[str, object]:
        """The measures for JSON: null for a value that is not finite, coverage with the percentage as a string key."""
        return {
            "points": self.points,
            **{name: number(getattr(self, name)) for name in ("mae", "rmse", "mape", "smape", "mase", "crps")},
            "coverage": {str(k): v for k, v in self.coverage.items()},
        }


def number(value: float) -> float | None:
    """The value as strict JSON allows it: None for nan and the infinities."""
    return float(value) if np.isfinite(value) else None


def crps_points(forecasts: Forecasts) -> f8:
    """CRPS of each point: 2 * mean pinball loss over the levels, on price / last close.

    pinball_a(y, q) = max(a (y - q), (a - 1) (y - q)) (Koenker & Bassett 1978).

    Returns:
        float64 [n], as a fraction of the price.
    """
    error = (forecasts.actual[:, None] - forecasts.quantiles) / forecasts.last[:, None]
    pinball = np.maximum(_LEVELS * error, (_LEVELS - 1.0) * error)
    loss: f8 = 2.0 * pinball.mean(axis=1)
    return loss


def absolute_error_points(forecasts: Forecasts) -> f8:
    """|actual - point forecast| / last close of each point: float64 [n], comparable between symbols."""
    error: f8 = np.abs(forecasts.actual - forecasts.point) / forecasts.last
    return error


def naive_error_points(forecasts: Forecasts) -> f8:
    """|actual - last close| / last close: the error of "tomorrow = today" at the same points, float64 [n]."""
    error: f8 = np.abs(forecasts.actual - forecasts.last) / forecasts.last
    return error


def covered(forecasts: Forecasts, percent: int) -> NDArray[np.bool_]:
    """Whether each close is inside the central interval of 50, 80 or 90 percent, bounds included: bool [n]."""
    low, high = INTERVALS[percent]
    q = forecasts.quantiles
    inside: NDArray[np.bool_] = (forecasts.actual >= q[:, low]) & (forecasts.actual <= q[:, high])
    return inside


def skill(loss: float, reference: float) -> float:
    """1 - loss / reference: the fraction of the reference's loss that the model saves; nan if the reference is zero."""
    return 1.0 - loss / reference if reference > 0 else float("nan")


def measure_by_symbol(forecasts: Forecasts) -> dict[str, Measures]:
    """Measures of each symbol.

    Raises:
        TrainingError: There are no forecasts.
    """
    if not len(forecasts):
        raise TrainingError("measures: expected forecasts, got none")
    frame = pd.DataFrame(
        {
            "unique_id": forecasts.symbol,
            "y": forecasts.actual,
            _MODEL: forecasts.point,
            _NAIVE: forecasts.last,
            "crps": crps_points(forecasts),
        }
        | {f"{_MODEL}-lo-{k}": forecasts.quantiles[:, low] for k, (low, _) in INTERVALS.items()}
        | {f"{_MODEL}-hi-{k}": forecasts.quantiles[:, high] for k, (_, high) in INTERVALS.items()}
    )
    columns = {name: getattr(losses, name)(frame, [_MODEL]) for name in ("mae", "rmse", "mape", "smape")}
    columns["mase"] = losses.rmae(frame, [_MODEL], baseline=_NAIVE)
    values = {name: _by_symbol(column) for name, column in columns.items()}
    coverage = {k: _by_symbol(losses.coverage(frame, [_MODEL], level=k)) for k in INTERVALS}
    groups = frame.groupby("unique_id")["crps"]
    crps, points = groups.mean(), groups.size()
    return {
        symbol: Measures(
            points=int(points[symbol]),
            crps=float(crps[symbol]),
            coverage={k: coverage[k][symbol] for k in INTERVALS},
            **{name: value[symbol] for name, value in values.items()},
        )
        for symbol in forecasts.symbols
    }


def measure(forecasts: Forecasts) -> Measures:
    """Measures pooled over symbols: the mean of `measure_by_symbol`."""
    return Measures.mean(list(measure_by_symbol(forecasts).values()))


def _by_symbol(column: pd.DataFrame) -> dict[str, float]:
    return {str(symbol): float(value) for symbol, value in zip(column["unique_id"], column[_MODEL], strict=True)}
