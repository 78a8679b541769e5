"""Significance of a difference between mean losses: the Diebold-Mariano test, and a bound on the increase of a loss.

Sources: Diebold & Mariano 1995, "Comparing predictive accuracy", JBES 13(3); Newey & West 1987, Econometrica 55(3), for
the variance under autocorrelation; Lazarus, Lewis, Stock & Watson 2018, "HAR inference", JBES 36(4). Following the
last of these, the statistic is compared with Student's t of 1.5 n / (lag + 1) degrees of freedom (62 with 250 sessions
and lag 5), because the variance is itself estimated. The correction of Harvey, Leybourne & Newbold 1997 is not used:
for forecasts one step ahead it is sqrt((n - 1) / n), or 0.2 % with 250 sessions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from model.contract.arrays import f8
from model.contract.errors import NotEnoughDataError, TrainingError

LAG: Final = 5  # sessions: dependence within a week
LONG_LAG: Final = 20  # sessions: dependence within a month


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of a model's losses with those of a reference on the same sessions.

    Attributes:
        sessions: Number of sessions.
        mean: Mean loss of the model.
        reference: Mean loss of the reference.
        difference: `mean - reference`; negative if the model is better.
        error: Newey-West standard error of the difference.
        degrees: Degrees of freedom of the Student's t distribution of `difference / error`.
        p_better: One-sided p-value of the hypothesis that the model is not better.
        p_different: Two-sided p-value of the hypothesis that both are equally good.
    """

    sessions: int
    mean: float
    reference: float
    difference: float
    error: float
    degrees: float
    p_better: float
    p_different: float

    def increase_bound(self, confidence: float = 0.95) -> float:
        """One-sided upper confidence bound of (mean - reference) / reference; inf if only the reference has no loss."""
        bound = self.difference + float(stdtrit(self.degrees, confidence)) * self.error
        if self.reference > 0:
            return bound / self.reference
        return float("inf") if bound > 0 else 0.0

    def to_dict(self) -> dict[str, object]:
        """The fields for JSON; all of them are finite."""
        return {
            "sessions": self.sessions,
            "mean": self.mean,
            "reference": self.reference,
            "difference": self.difference,
            "error": self.error,
            "degrees": self.degrees,
            "p_better": self.p_better,
            "p_different": self.p_different,
        }


def date_means(date: NDArray[np.datetime64], loss: f8) -> f8:
    """Mean loss over symbols at each date, oldest first: [n], [n] -> float64 [d].

    Prices of different symbols are correlated on the same day, so the tests count days and not points as observations.
    """
    _, index, count = np.unique(date, return_inverse=True, return_counts=True)
    means: f8 = np.bincount(index, weights=loss) / count
    return means


def long_run_variance(series: f8, lag: int = LAG) -> f8:
    """Newey-West long-run variance along the last axis: float64 [..., n] -> float64 [...].

    gamma_0 + 2 * sum_{k=1..lag} (1 - k / (lag + 1)) gamma_k, gamma_k = 1/n sum_t (d_t - mean)(d_{t-k} - mean). With
    these weights (the Bartlett kernel) the variance is never negative.
    """
    n = series.shape[-1]
    centred = series - series.mean(axis=-1, keepdims=True)
    total: f8 = np.square(centred).sum(axis=-1)
    for k in range(1, min(lag, n - 1) + 1):
        total += 2.0 * (1.0 - k / (lag + 1)) * (centred[..., k:] * centred[..., :-k]).sum(axis=-1)
    # Rounding may make the variance of a constant series slightly negative.
    variance: f8 = np.maximum(total / n, 0.0)
    return variance


def compare(loss: f8, reference: f8, lag: int = LAG) -> Comparison:
    """Run the Diebold-Mariano test on two series of losses, one value per session, oldest first.

    statistic = mean(d) / sqrt(long-run variance(d) / n), d = loss - reference.

    Args:
        loss: float64 [n], losses of the model.
        reference: float64 [n], losses of the reference.
        lag: Lag of the Newey-West variance, in sessions.

    Raises:
        TrainingError: The lengths differ, or a loss is not finite.
        NotEnoughDataError: There are at most `2 * lag` sessions.
    """
    if loss.shape != reference.shape or loss.ndim != 1:
        raise TrainingError(f"losses: expected two series of equal length, got {loss.shape} and {reference.shape}")
    if not (np.isfinite(loss).all() and np.isfinite(reference).all()):
        raise TrainingError("losses: expected finite values")
    n = len(loss)
    if n <= 2 * lag:
        raise NotEnoughDataError(f"losses: expected more than {2 * lag} sessions for the test, got {n}")
    d = loss - reference
    difference = float(d.mean())
    error = float(np.sqrt(long_run_variance(d, lag) / n))
    statistic = 0.0
    if difference:
        statistic = difference / error if error > 0 else float(np.copysign(np.inf, difference))
    degrees = 1.5 * n / (lag + 1)
    return Comparison(
        sessions=n,
        mean=float(loss.mean()),
        reference=float(reference.mean()),
        difference=difference,
        error=error,
        degrees=degrees,
        p_better=float(stdtr(degrees, statistic)),
        p_different=2.0 * float(stdtr(degrees, -abs(statistic))),
    )
