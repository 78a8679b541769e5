"""Baselines that a model has to beat: four ways to put quantiles around "tomorrow = today".

The median of every baseline is the last close, so baselines differ only in the width and shape of the distribution.
Parameters are estimated on the training range only, and the forecast of a session uses only closes before it.
"""

from typing import Final

import numpy as np
import structlog
from arch import arch_model
from arch.univariate import HARX
from numpy.typing import NDArray

from model.contract import features
from model.contract.arrays import Dates, f8
from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.levels import LEVELS, MEDIAN
from model.contract.window import WINDOW, sliding_windows
from model.evaluation.forecasts import Forecasts

Positions = NDArray[np.intp]

NAIVE: Final = "naive"  # quantiles of all log-returns of the training range
ROLLING: Final = "rolling-60"  # quantiles of the log-returns within the last 60 closes
EWMA: Final = "ewma"  # quantiles of the training targets, times the recent volatility: the untrained network
GARCH: Final = "garch-t"  # GARCH(1,1) with Student's t
TRAIN_MIN: Final = 250  # training targets; with less than a year, a dozen points decide the 5 % and 95 % quantiles
_PERCENT: Final = 100.0  # the optimiser of arch expects returns in percent

_log = structlog.get_logger()


def naive_empirical(closes: f8, train: int, targets: Positions) -> f8:
    """The last close with the unconditional quantiles of the training range's log-returns around it.

    Args:
        closes: float64 [m], oldest first, in price units.
        train: Number of closes in the training range, which starts with the first close.
        targets: int [n], positions in `closes` of the sessions to forecast.

    Returns:
        float64 [n, 7], in price units, at `levels.LEVELS`.
    """
    gaps = _centred(features.empirical_quantiles(_returns(closes)[: train - 1]))
    return closes[targets - 1, None] * np.exp(gaps)


def rolling(closes: f8, targets: Positions) -> f8:
    """The last close with the quantiles of the 59 log-returns of the window of 60 closes before each target.

    Arguments and result as for `naive_empirical`. This baseline has no training range.
    """
    returns = features.log_returns(sliding_windows(closes)[targets - WINDOW])
    gaps = np.quantile(returns, LEVELS, axis=1).T
    return closes[targets - 1, None] * np.exp(_centred(gaps))


def ewma(closes: f8, train: int, targets: Positions) -> f8:
    """Filtered historical simulation: quantiles of the training targets, times the EWMA volatility before each target.

    Source: Barone-Adesi, Giannopoulos & Vosper 1999, with the RiskMetrics volatility instead of GARCH. Arguments and
    result as for `naive_empirical`.
    """
    # sigma[i] is the volatility before the target at position WINDOW + i.
    sigma = features.volatility(features.log_returns(sliding_windows(closes)[:-1]))
    y = features.targets(closes[WINDOW - 1 : train - 1], sigma[: train - WINDOW], closes[WINDOW:train])
    gaps = np.tile(_centred(features.empirical_quantiles(y)), (len(targets), 1))
    return features.quantiles_to_prices(closes[targets - 1], sigma[targets - WINDOW], gaps, shrink=1.0)


def garch(closes: f8, train: int, targets: Positions) -> f8:
    """GARCH(1,1) with Student's t and zero mean (Bollerslev 1987), fitted by `arch`.

    The parameters are fitted once, on the training range. The variance is then filtered through the later sessions, so
    that each forecast uses all returns before its target. Arguments and result as for `naive_empirical`.
    """
    returns = _PERCENT * _returns(closes)
    fit = _garch_model(returns[: train - 1]).fit(disp="off", show_warning=False)
    if fit.convergence_flag:
        _log.warning("garch_not_converged", flag=int(fit.convergence_flag), returns=train - 1)
    filtered = _garch_model(returns).fix(fit.params)
    sigma = np.asarray(filtered.conditional_volatility)[targets - 1] / _PERCENT
    standard = np.asarray(filtered.model.distribution.ppf(LEVELS, [fit.params["nu"]]))
    return closes[targets - 1, None] * np.exp(sigma[:, None] * _centred(standard))


def _garch_model(returns: f8) -> HARX:
    return arch_model(returns, mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False)


def baseline_forecasts(
    symbol: str, dates: Dates, closes: f8, trained_until: np.datetime64, targets: Dates
) -> dict[str, Forecasts]:
    """All baselines of one symbol at given target sessions.

    Args:
        symbol: Name of the symbol, as in the price store.
        dates: datetime64[D] [m], sessions of the series, strictly increasing.
        closes: float64 [m], split-adjusted, in price units.
        trained_until: Last session of the training range, inclusive. The range starts with the series.
        targets: datetime64[D] [n], sessions to forecast, each of them in `dates` with at least 60 closes before it.

    Returns:
        Forecasts in the order of `targets`, by name of the baseline (`NAIVE`, `ROLLING`, `EWMA`, `GARCH`).

    Raises:
        NotEnoughDataError: There are fewer than `TRAIN_MIN` training targets, or fewer than 60 closes before a target.
        TrainingError: A target is not a session of the series.
    """
    train = int(np.searchsorted(dates, trained_until, side="right"))
    if train - WINDOW < TRAIN_MIN:
        raise NotEnoughDataError(
            f"{symbol}: expected at least {WINDOW + TRAIN_MIN} closes until {trained_until} to train on, got {train}"
        )
    positions = np.searchsorted(dates, targets).astype(np.intp)
    unknown = (positions == len(dates)) | (dates[np.minimum(positions, len(dates) - 1)] != targets)
    if unknown.any():
        raise TrainingError(f"{symbol}: expected sessions of the series as targets, got {targets[unknown][0]}")
    if (positions < WINDOW).any():
        raise NotEnoughDataError(f"{symbol}: expected {WINDOW} closes before each target, got {int(positions.min())}")
    quantiles = {
        NAIVE: naive_empirical(closes, train, positions),
        ROLLING: rolling(closes, positions),
        EWMA: ewma(closes, train, positions),
        GARCH: garch(closes, train, positions),
    }
    name = np.full(len(positions), symbol)
    return {
        key: Forecasts(name, dates[positions], closes[positions - 1], closes[positions], value)
        for key, value in quantiles.items()
    }


def _returns(closes: f8) -> f8:
    return np.diff(np.log(closes))


def _centred(quantiles: f8) -> f8:
    centred: f8 = quantiles - quantiles[..., MEDIAN : MEDIAN + 1]
    return centred
