"""Whether two mean losses differ by more than chance: the Diebold-Mariano test and the bound of a loss increase.

Sources: Diebold & Mariano 1995, "Comparing predictive accuracy", JBES 13(3); Newey & West 1987, Econometrica 55(3),
for the variance under autocorrelation; Lazarus, Lewis, Stock & Watson 2018, "HAR inference", JBES 36(4), for comparing
the statistic with Student's t of 1.5 n / (lag + 1) degrees of freedom, because that variance is itself uncertain (62 at
250 sessions and lag 5). The correction of Harvey, Leybourne & Newbold 1997 is not used: one step ahead it is
sqrt((n - 1) / n), .2 % at 250 sessions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from model.contract.errors import NotEnoughDataError, TrainingError

f8 = NDArray[np.float64]
LAG: Final = 5  # sessions: a week's dependence
LONG_LAG: Final = 20  # a month's


@dataclass(frozen=True, slots=True)
class Comparison:
    """Losses of one model against those of another on the same sessions.

    Attributes:
        sessions: number of sessions.
        mean: mean loss of the model. reference: mean loss of what it is compared with.
        difference: mean - reference; below zero the model is better.
        error: Newey-West standard error of the difference.
        degrees: degrees of freedom of Student's t that the statistic difference / error is compared with.
        p_better: one-sided p of "the model is not better".
        p_different: two-sided p of "they are equally good".
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
        """One-sided upper confidence bound of (mean - reference) / reference, a share; inf if only the model errs."""
        bound = self.difference + float(stdtrit(self.degrees, confidence)) * self.error
        if self.reference > 0:
            return bound / self.reference
        return float("inf") if bound > 0 else 0.0

    def to_dict(self) -> dict[str, object]:
        """For JSON: the fields by name; all of them are finite."""
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

    Symbols move together on a day; taking days for observations keeps that from passing as evidence.
    """
    _, index, count = np.unique(date, return_inverse=True, return_counts=True)
    means: f8 = np.bincount(index, weights=loss) / count
    return means


def long_run_variance(series: f8, lag: int = LAG) -> f8:
    """Newey-West long-run variance along the last axis: float64 [..., n] -> float64 [...].

    gamma_0 + 2 * sum_{k=1..lag} (1 - k / (lag + 1)) gamma_k, gamma_k = 1/n sum_t (d_t - mean)(d_{t-k} - mean): the
    Bartlett kernel, which is never negative.
    """
    n = series.shape[-1]
    centred = series - series.mean(axis=-1, keepdims=True)
    total: f8 = np.square(centred).sum(axis=-1)
    for k in range(1, min(lag, n - 1) + 1):
        total += 2.0 * (1.0 - k / (lag + 1)) * (centred[..., k:] * centred[..., :-k]).sum(axis=-1)
    # Zero for a constant series, where rounding may leave a trace below zero.
    variance: f8 = np.maximum(total / n, 0.0)
    return variance


def compare(loss: f8, reference: f8, lag: int = LAG) -> Comparison:
    """Diebold-Mariano test of two series of losses, one value per session, oldest first.

    statistic = mean(d) / sqrt(long-run variance(d) / n), d = loss - reference.

    Args:
        loss: float64 [n] of the model.
        reference: float64 [n] of what it is compared with.
        lag: of the Newey-West variance, in sessions.

    Raises:
        TrainingError: the lengths differ, or a loss is not finite.
        NotEnoughDataError: not more sessions than `2 * lag`.
    """
    if loss.shape != reference.shape or loss.ndim != 1:
        raise TrainingError(f"losses: expected two series of one length, got {loss.shape} and {reference.shape}")
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
