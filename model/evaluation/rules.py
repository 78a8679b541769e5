"""The rules of the gate, each a check with a sentence: floors for any model, Replace and Refresh against a champion."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.levels import INTERVALS
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import Measures, measure_by_symbol, number, skill
from model.evaluation.significance import LAG, LONG_LAG, compare
from model.evaluation.wording import lower_text, p_text, percent_text

f8 = NDArray[np.float64]
SESSIONS: Final = 250  # the gate's range: the last ones that all forecasts have
P_LIMIT: Final = 0.05  # Replace; divided by the number of challengers tried (Bonferroni)
SKILL_LIMIT: Final = 0.005  # Replace: CRPS saved against the champion
INCREASE_LIMIT: Final = 0.01  # Refresh: upper 95 % bound of the CRPS increase over the champion
MASE_LIMIT: Final = 1.01
COVERAGE_LIMITS: Final = {50: 0.06, 80: 0.055, 90: 0.04}  # of one symbol over 250 sessions


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the gate, applied: its name, what was measured, the limit, and a sentence for people."""

    name: str
    value: float
    limit: float
    passed: bool
    sentence: str

    def to_dict(self) -> dict[str, object]:
        """For JSON; null for a value that is no number."""
        return {
            "name": self.name,
            "value": number(self.value),
            "limit": self.limit,
            "passed": self.passed,
            "sentence": self.sentence,
        }


def replace_rule(loss: f8, reference: f8, challengers: int) -> Iterator[Check]:
    """Another recipe must be better than the champion beyond chance, and by enough to matter.

    With lag 5 alone, two equally good models whose differences last for weeks (one of them a little too wide for a
    while, then the other) pass in 5 to 7 % of cases; that p must hold with lag 20 too keeps it below 5 %.

    Args:
        loss: CRPS of the challenger, one mean per session, oldest first, float64 [n].
        reference: the same of the champion.
        challengers: how many were tried on these sessions.

    Yields:
        `replace_p` and `replace_p_long`, the one-sided p of the Diebold-Mariano test with lag 5 and 20, and
        `replace_skill`, the CRPS saved.
    """
    limit = P_LIMIT / challengers
    tried = "" if challengers == 1 else f" ({P_LIMIT:g} over {challengers} challengers tried)"
    versus = compare(loss, reference)
    for name, p, lag in (
        ("replace_p", versus.p_better, LAG),
        ("replace_p_long", compare(loss, reference, LONG_LAG).p_better, LONG_LAG),
    ):
        yield Check(
            name,
            p,
            limit,
            p < limit,
            f"Its CRPS would be this low by chance with {p_text(p)} (lag {lag}) if it were no better than the "
            f"champion; needed: below {limit:.2g}{tried}.",
        )
    saved = skill(versus.mean, versus.reference)
    yield Check(
        "replace_skill",
        saved,
        SKILL_LIMIT,
        saved >= SKILL_LIMIT,
        f"Its CRPS is {lower_text(saved)} than the champion's; needed: at least {percent_text(SKILL_LIMIT)} lower.",
    )


def refresh_rule(loss: f8, reference: f8) -> Check:
    """The same recipe on newer data need not be better, but must not be worse by more than 1 % with 95 % confidence.

    Args:
        loss: CRPS of the challenger, one mean per session, oldest first, float64 [n].
        reference: the same of the champion.
    """
    bound = compare(loss, reference).increase_bound()
    return Check(
        "refresh_bound",
        bound,
        INCREASE_LIMIT,
        bound <= INCREASE_LIMIT,
        f"Its CRPS may be up to {percent_text(bound)} above the champion's (95 % bound); allowed: "
        f"{percent_text(INCREASE_LIMIT)}.",
    )


def floors(model: Forecasts, loss: f8, naive: f8) -> Iterator[Check]:
    """What any model must hold, champion or not: point error, CRPS against naive, coverage of the three intervals.

    Args:
        model: forecasts of the gate's sessions.
        loss: their CRPS, one mean per session, oldest first, float64 [n].
        naive: the same of `baselines.naive_empirical`.
    """
    by_symbol = measure_by_symbol(model)
    mase = Measures.mean(list(by_symbol.values())).mase
    yield Check(
        "mase",
        mase,
        MASE_LIMIT,
        mase <= MASE_LIMIT,
        f'Its point forecast errs {mase:.3f} times as much as "tomorrow = today"; allowed: {MASE_LIMIT:g}.',
    )
    saved = skill(float(loss.mean()), float(naive.mean()))
    yield Check(
        "crps_naive",
        saved,
        0.0,
        saved >= 0.0,
        f"Its CRPS is {lower_text(saved)} than that of the last close with the training range's quantiles; "
        "needed: not higher.",
    )
    for percent in INTERVALS:
        yield from _coverage(percent, {symbol: m.coverage[percent] for symbol, m in by_symbol.items()})


def _coverage(percent: int, coverage: dict[str, float]) -> Iterator[Check]:
    """One symbol: its coverage. Several: their mean within the same limit, and the worst within a wider one."""
    limit, nominal = COVERAGE_LIMITS[percent], percent / 100
    mean = float(np.mean(list(coverage.values())))
    who = "closes" if len(coverage) == 1 else f"closes of {len(coverage)} symbols"
    yield Check(
        f"coverage_{percent}",
        abs(mean - nominal),
        limit,
        _within(mean, nominal, limit),
        f"Its {percent} % interval held {percent_text(mean)} of the {who}; allowed: within {100 * limit:g} points.",
    )
    if len(coverage) > 1:
        worst = max(coverage, key=lambda symbol: abs(coverage[symbol] - nominal))
        limit = worst_limit(percent, len(coverage))
        yield Check(
            f"coverage_{percent}_worst",
            abs(coverage[worst] - nominal),
            limit,
            _within(coverage[worst], nominal, limit),
            f"Its {percent} % interval held {percent_text(coverage[worst])} of the closes of {worst}, the worst of "
            f"{len(coverage)} symbols; allowed: within {100 * limit:.1f} points.",
        )


def worst_limit(percent: int, symbols: int) -> float:
    """How far the worst of several symbols' coverage may be off, so that good ones are refused no more often than one.

    The limit for one symbol is z standard errors of a share over 250 sessions; Bonferroni's correction of that z's
    two-sided p by the number of symbols gives the limit for the worst.

    Args:
        percent: 50, 80 or 90.
        symbols: their number; 1 gives the limit for one.

    Returns:
        The allowed distance from the nominal coverage, a share.
    """
    nominal, normal = percent / 100, NormalDist()
    error = (nominal * (1 - nominal) / SESSIONS) ** 0.5
    tail = normal.cdf(-COVERAGE_LIMITS[percent] / error)
    limit: float = -normal.inv_cdf(tail / symbols) * error
    return limit


def _within(share: float, nominal: float, limit: float) -> bool:
    # Shares of 250 are decimal fractions: 0.85 is 5 points from 0.8, and rounding must not decide at a limit.
    return abs(share - nominal) <= limit + 1e-12
