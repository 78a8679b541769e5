"""Drift test: whether closes since the training are outside of the 90 % interval more often than expected by chance."""

from collections.abc import Sequence
from math import comb
from typing import Final

import numpy as np

from jobs.pipeline.candidate import load_forecaster
from model.artefact.folder import Artefact
from model.contract.levels import INTERVALS
from model.prices.series import PriceSeries

_PERCENT: Final = 90


def binomial_tail(outside: int, of: int, p: float) -> float:
    """Compute the upper tail of a binomial distribution: sum over k >= outside of C(of, k) p^k (1-p)^(of-k).

    Args:
        outside: Number of closes outside of the interval.
        of: Number of closes.
        p: Probability of each to be outside.
    """
    return min(1.0, sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(outside, of + 1)))


def drift_probability(artefact: Artefact, series: Sequence[PriceSeries]) -> float | None:
    """Compute the p-value of the drift test: the smallest one of all symbols times their number (Bonferroni).

    Only closes after the training data of the version count, so the test is out of sample.

    Args:
        artefact: The served version.
        series: Stored prices; symbols that the version was not trained on are ignored.

    Returns:
        Probability in [0, 1]; None without a close since the training.
    """
    trained_until = {part.symbol: part.last for part in artefact.manifest.data}
    newer = [one for one in series if one.symbol in trained_until and one.last > trained_until[one.symbol]]
    if not newer:
        return None
    from model.training.dataset import windows_of
    from model.training.predict import forecast

    forecaster = load_forecaster(artefact.folder, float(artefact.manifest.shrink))
    lower, upper = INTERVALS[_PERCENT]
    tails = []
    for one in newer:
        windows = windows_of([one])
        windows = windows.select(windows.target_date > np.datetime64(trained_until[one.symbol]))
        if not len(windows):
            continue
        quantiles = forecast(forecaster, windows.closes)
        outside = (windows.following < quantiles[:, lower]) | (windows.following > quantiles[:, upper])
        tails.append(binomial_tail(int(outside.sum()), len(windows), 1 - _PERCENT / 100))
    return min(1.0, min(tails) * len(tails)) if tails else None
