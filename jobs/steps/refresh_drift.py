"""Drift: whether closes since the training fall outside of the served 90 % band more often than chance explains."""

from collections.abc import Sequence
from math import comb
from typing import Final

import numpy as np

from jobs.candidate import load_forecaster
from model.artefact.folder import Artefact
from model.contract.levels import INTERVALS
from model.prices.series import PriceSeries

_PERCENT: Final = 90


def binomial_tail(outside: int, of: int, p: float) -> float:
    """Probability of at least so many outside of so many, each with probability p: sum_k C(n, k) p^k (1-p)^(n-k)."""
    return min(1.0, sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(outside, of + 1)))


def drift_probability(artefact: Artefact, series: Sequence[PriceSeries]) -> float | None:
    """The smallest such probability of the version's symbols, times their number (Bonferroni).

    Only closes after those that the version was fitted on count, so the test is out of sample.

    Args:
        artefact: the served version.
        series: stored prices; those of other symbols are passed over.

    Returns:
        None where no close came since.
    """
    ends = {part.symbol: part.last for part in artefact.manifest.data}
    known = [one for one in series if one.symbol in ends and one.last > ends[one.symbol]]
    if not known:
        return None
    from model.training.dataset import windows_of
    from model.training.predict import forecast

    forecaster = load_forecaster(artefact.folder, float(artefact.manifest.shrink))
    lower, upper = INTERVALS[_PERCENT]
    found = []
    for one in known:
        windows = windows_of([one])
        windows = windows.select(windows.target_date > np.datetime64(ends[one.symbol]))
        if not len(windows):
            continue
        quantiles = forecast(forecaster, windows.closes)
        outside = (windows.following < quantiles[:, lower]) | (windows.following > quantiles[:, upper])
        found.append(binomial_tail(int(outside.sum()), len(windows), 1 - _PERCENT / 100))
    return min(1.0, min(found) * len(found)) if found else None
