"""The rules of the gate: floors for any model, and the Replace and Refresh rules against a champion."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from model.contract.arrays import f8
from model.contract.levels import INTERVALS
from model.evaluation.forecasts import Forecasts
from model.evaluation.measures import Measures, measure_by_symbol, number, skill
from model.evaluation.number_format import lower_text, p_text, percent_text
from model.evaluation.significance import LAG, LONG_LAG, compare

GATE_SESSIONS: Final = 250  # the gate judges the last sessions that all forecasts share
P_LIMIT: Final = 0.05  # Replace; divided by the number of challengers tried (Bonferroni)
SKILL_LIMIT: Final = 0.005  # Replace: least CRPS skill against the champion
INCREASE_LIMIT: Final = 0.01  # Refresh: upper 95 % bound of the CRPS increase over the champion
MASE_LIMIT: Final = 1.01
COVERAGE_LIMITS: Final = {50: 0.06, 80: 0.055, 90: 0.04}  # of one symbol over 250 sessions


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one rule of the gate: name, measured value, limit, and a sentence for people."""

    name: str
    value: float
    limit: float
    passed: bool
    sentence: str

    def to_dict(self) -> dict[str, object]:
        """The check for JSON; null for a value that is not finite."""
        return {
            "name": self.name,
            "value": number(self.value),
            "limit": self.limit,
            "passed": self.passed,
            "sentence": self.sentence,
        }


def replace_rule(loss: f8, reference: f8, challenger_count: int) -> Iterator[Check]:
    """Require a challenger with another recipe to be significantly better than the champion, and by enough to matter.

    With lag 5 alone, two equally good models whose differences last for weeks (first one of them is a little too wide,
    then the other) pass in 5 to 7 % of cases. Requiring the same p with lag 20 keeps that below 5 %.

    Args:
        loss: float64 [n], CRPS of the challenger, one mean per session, oldest first.
        reference: float64 [n], CRPS of the champion on the same sessions.
        challenger_count: Number of challengers tried on these sessions.

    Yields:
        `replace_p` and `replace_p_long`, the one-sided p of the Diebold-Mariano test with lag 5 and 20, and
        `replace_skill`, the CRPS skill.
    """
    limit = P_LIMIT / challenger_count
    tried = "" if challenger_count == 1 else f" ({P_LIMIT:g} over {challenger_count} challengers tried)"
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
            f"If it were not better than the champion, chance would make its CRPS this low with {p_text(p)} "
            f"(lag {lag}); required: below {limit:.2g}{tried}.",
        )
    saved = skill(versus.mean, versus.reference)
    yield Check(
        "replace_skill",
        saved,
        SKILL_LIMIT,
        saved >= SKILL_LIMIT,
        f"Its CRPS is {lower_text(saved)} than the champion's; required: at least {percent_text(SKILL_LIMIT)} lower.",
    )


def refresh_rule(loss: f8, reference: f8) -> Check:
    """Require a challenger with the same recipe to be at most 1 % worse than the champion, with 95 % confidence.

    Args:
        loss: float64 [n], CRPS of the challenger, one mean per session, oldest first.
        reference: float64 [n], CRPS of the champion on the same sessions.
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
    """Checks for every model, with or without a champion: point error, CRPS against naive, coverage of the intervals.

    Args:
        model: Forecasts of the gate's sessions.
        loss: float64 [n], their CRPS, one mean per session, oldest first.
        naive: float64 [n], CRPS of `baselines.naive_empirical` on the same sessions.
    """
    by_symbol = measure_by_symbol(model)
    mase = Measures.mean(list(by_symbol.values())).mase
    yield Check(
        "mase",
        mase,
        MASE_LIMIT,
        mase <= MASE_LIMIT,
        f'The error of its point forecast is {mase:.3f} times that of "tomorrow = today"; allowed: {MASE_LIMIT:g}.',
    )
    saved = skill(float(loss.mean()), float(naive.mean()))
    yield Check(
        "crps_naive",
        saved,
        0.0,
        saved >= 0.0,
        f"Its CRPS is {lower_text(saved)} than that of the last close with the training range's quantiles; "
        "required: not higher.",
    )
    for percent in INTERVALS:
        yield from _coverage(percent, {symbol: m.coverage[percent] for symbol, m in by_symbol.items()})


def _coverage(percent: int, coverage: dict[str, float]) -> Iterator[Check]:
    """Check the mean coverage over symbols and, for several symbols, the worst one against a wider limit."""
    limit, nominal = COVERAGE_LIMITS[percent], percent / 100
    mean = float(np.mean(list(coverage.values())))
    closes = "closes" if len(coverage) == 1 else f"closes of {len(coverage)} symbols"
    yield Check(
        f"coverage_{percent}",
        abs(mean - nominal),
        limit,
        _within(mean, nominal, limit),
        f"Its {percent} % interval contained {percent_text(mean)} of the {closes}; allowed: within {100 * limit:g} "
        "points.",
    )
    if len(coverage) > 1:
        worst = max(coverage, key=lambda symbol: abs(coverage[symbol] - nominal))
        limit = worst_limit(percent, len(coverage))
        yield Check(
            f"coverage_{percent}_worst",
            abs(coverage[worst] - nominal),
            limit,
            _within(coverage[worst], nominal, limit),
            f"Its {percent} % interval contained {percent_text(coverage[worst])} of the closes of {worst}, the worst "
            f"of {len(coverage)} symbols; allowed: within {100 * limit:.1f} points.",
        )


def worst_limit(percent: int, symbols: int) -> float:
    """Limit for the worst of several symbols, so that calibrated models fail no more often than with one symbol.

    The limit for one symbol is z standard errors of a fraction over 250 sessions. For the worst symbol, the two-sided p
    of that z is divided by the number of symbols (Bonferroni).

    Args:
        percent: 50, 80 or 90.
        symbols: Number of symbols; 1 gives the limit for one symbol.

    Returns:
        The allowed distance from the nominal coverage, as a fraction.
    """
    nominal, normal = percent / 100, NormalDist()
    error = (nominal * (1 - nominal) / GATE_SESSIONS) ** 0.5
    tail = normal.cdf(-COVERAGE_LIMITS[percent] / error)
    limit: float = -normal.inv_cdf(tail / symbols) * error
    return limit


def _within(share: float, nominal: float, limit: float) -> bool:
    # In floating point 0.85 is not exactly 5 points from 0.8; rounding must not decide at a limit.
    return abs(share - nominal) <= limit + 1e-12
