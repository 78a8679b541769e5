"""Measures of forecasts. Losses are first taken point by point, so that tests and charts use the same numbers.

MAE, RMSE, MAPE, sMAPE, coverage and the relative MAE (MASE) are utilsforecast's; pandas does not leave this module.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from utilsforecast import losses

from model.contract.errors import TrainingError
from model.contract.levels import INTERVALS, LEVELS
from model.evaluation.forecasts import Forecasts

f8 = NDArray[np.float64]
_LEVELS: Final = np.array(LEVELS)
_MODEL: Final = "model"
_NAIVE: Final = "naive"


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one model on one symbol, or the mean of them over symbols.

    Attributes:
        points: number of forecast points.
        mae: mean absolute error of the point forecast, in price units.
        rmse: root of its mean squared error, in price units.
        mape: mean of |error| / actual, a share (0.01 is 1 %).
        smape: mean of |error| / (actual + forecast), a share, as utilsforecast defines it.
        mase: MAE over the MAE of "tomorrow = today" on the same points (Hyndman & Koehler 2006, scaled out of sample);
            nan when that never erred.
        crps: 2 * mean pinball loss over the levels, on price / last close: the quantile form of the continuous ranked
            probability score (Gneiting & Ranjan 2011), a share of the price.
        coverage: percent of a central interval -> share of closes that fell into it.
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
        """Mean over symbols, each counting alike; points are added up.

        MAE and RMSE are in price units: their mean says little where prices differ much in size or currency.
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
        """For JSON: names of the fields, coverage by percent as text; null where there is no number."""
        return {
            "points": self.points,
            **{name: number(getattr(self, name)) for name in ("mae", "rmse", "mape", "smape", "mase", "crps")},
            "coverage": {str(k): v for k, v in self.coverage.items()},
        }


def number(value: float) -> float | None:
    """A number that strict JSON has: None for nan and the infinities."""
    return float(value) if np.isfinite(value) else None


def crps_points(forecasts: Forecasts) -> f8:
    """CRPS of each point: 2 * mean pinball over the levels, on price / last close; float64 [n], a share of the price.

    pinball_a(y, q) = max(a (y - q), (a - 1) (y - q)) (Koenker & Bassett 1978).
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
    """|actual - last close| / last close: what "tomorrow = today" errs at the same points, float64 [n]."""
    error: f8 = np.abs(forecasts.actual - forecasts.last) / forecasts.last
    return error


def covered(forecasts: Forecasts, percent: int) -> NDArray[np.bool_]:
    """Whether each close fell into the central interval of 50, 80 or 90 percent, bounds included: bool [n]."""
    low, high = INTERVALS[percent]
    q = forecasts.quantiles
    inside: NDArray[np.bool_] = (forecasts.actual >= q[:, low]) & (forecasts.actual <= q[:, high])
    return inside


def skill(loss: float, reference: float) -> float:
    """1 - loss / reference: the share of the reference's loss that is saved; nan when the reference has none."""
    return 1.0 - loss / reference if reference > 0 else float("nan")


def measure_by_symbol(forecasts: Forecasts) -> dict[str, Measures]:
    """Measures of each symbol.

    Raises:
        TrainingError: there are no forecasts.
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
    """Measures pooled over symbols: the mean of `measure_by_symbol`; of one symbol, its own."""
    return Measures.mean(list(measure_by_symbol(forecasts).values()))


def _by_symbol(column: pd.DataFrame) -> dict[str, float]:
    return {str(symbol): float(value) for symbol, value in zip(column["unique_id"], column[_MODEL], strict=True)}
