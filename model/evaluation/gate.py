"""The gate: the acceptance test of a challenger, a pure function from forecasts on the same sessions to a decision.

The floors always apply. The rules Replace (another recipe) and Refresh (the same recipe on newer data) also compare the
challenger with the champion. "The lower mean loss wins" is not used as a rule: between two equally good models it would
promote the newer one half the time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from model.contract.arrays import Dates, f8
from model.contract.errors import NotEnoughDataError, TrainingError
from model.evaluation.forecasts import Forecasts, align, same_points
from model.evaluation.measures import crps_points
from model.evaluation.rules import GATE_SESSIONS, Check, floors, refresh_rule, replace_rule
from model.evaluation.significance import date_means

EMBARGO_SESSIONS: Final = 60  # sessions between training and gate, so that no gate window contains a training target


class ChallengerKind(StrEnum):
    """How the challenger differs from the champion."""

    REPLACE = "replace"  # another recipe
    REFRESH = "refresh"  # the same recipe, newer data


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedModel:
    """A model at the gate.

    Attributes:
        forecasts: The model's forecasts of the gate's sessions.
        trained_until: Last target session that its training or its validation used.
    """

    forecasts: Forecasts
    trained_until: np.datetime64


@dataclass(frozen=True, slots=True)
class GateDecision:
    """The gate's decision on a challenger.

    Attributes:
        kind: The rule that was applied; None if there was no champion, so that only the floors applied.
        promoted: Whether every check passed.
        checks: All checks, including the failed ones.
        first: First session of the gate.
        last: Last session of the gate.
        sessions: Number of sessions.
    """

    kind: ChallengerKind | None
    promoted: bool
    checks: tuple[Check, ...]
    first: np.datetime64
    last: np.datetime64
    sessions: int

    @property
    def sentence(self) -> str:
        """The decision in words, with the checks that failed."""
        where = f"on {self.sessions} sessions from {self.first} to {self.last}"
        if self.promoted:
            return f"Passed: all {len(self.checks)} checks passed {where}."
        return f"Refused {where}: " + " ".join(check.sentence for check in self.checks if not check.passed)

    def to_dict(self) -> dict[str, object]:
        """The decision for JSON, with dates in ISO format."""
        return {
            "kind": None if self.kind is None else self.kind.value,
            "promoted": self.promoted,
            "sentence": self.sentence,
            "first": str(self.first),
            "last": str(self.last),
            "sessions": self.sessions,
            "checks": [check.to_dict() for check in self.checks],
        }


def evaluate_gate(
    challenger: EvaluatedModel,
    champion: EvaluatedModel | None,
    naive: Forecasts,
    calendar: Dates,
    *,
    kind: ChallengerKind,
    challenger_count: int = 1,
) -> GateDecision:
    """Decide on the last 250 sessions whether the challenger may be served.

    Args:
        challenger: The model that would be promoted.
        champion: The served model, judged on the same sessions; None if there is none, so that only the floors apply.
        naive: The forecasts of `baselines.naive_empirical` for the same points.
        calendar: datetime64[D], the sessions of the price series, used to count the embargo.
        kind: Whether the challenger has another recipe or the same recipe on newer data.
        challenger_count: Number of challengers tried on these sessions, including this one.

    Raises:
        NotEnoughDataError: There are fewer than 250 sessions.
        TrainingError: The forecasts differ in their points or closes, or a model was trained on the gate's sessions or
            fewer than 60 sessions before them, or `challenger_count` is below 1.
    """
    if challenger_count < 1:
        raise TrainingError(f"gate, 'challenger_count': expected at least 1, got {challenger_count}")
    others = [("naive", naive)] if champion is None else [("champion", champion.forecasts), ("naive", naive)]
    for name, other in others:
        if not same_points(challenger.forecasts, other):
            raise TrainingError(
                f"gate: expected challenger and {name} to forecast the same symbols at the same sessions, got "
                f"{_extent(challenger.forecasts)} and {_extent(other)}"
            )
    sessions = challenger.forecasts.dates
    if len(sessions) < GATE_SESSIONS:
        raise NotEnoughDataError(
            f"gate: expected at least {GATE_SESSIONS} sessions, got {_extent(challenger.forecasts)}"
        )
    first, last = sessions[-GATE_SESSIONS], sessions[-1]
    for name, candidate in (("challenger", challenger), ("champion", champion)):
        if candidate is not None:
            _check_embargo(name, candidate.trained_until, first, calendar)

    challenger_forecasts = challenger.forecasts.between(first, last)
    checks = list(floors(challenger_forecasts, *session_losses(challenger_forecasts, naive.between(first, last))))
    if champion is not None:
        losses = session_losses(challenger_forecasts, champion.forecasts.between(first, last))
        checks += replace_rule(*losses, challenger_count) if kind is ChallengerKind.REPLACE else [refresh_rule(*losses)]
    return GateDecision(
        kind=None if champion is None else kind,
        promoted=all(check.passed for check in checks),
        checks=tuple(checks),
        first=first,
        last=last,
        sessions=GATE_SESSIONS,
    )


def _extent(forecasts: Forecasts) -> str:
    if not len(forecasts):
        return "no points"
    dates = forecasts.dates
    return f"{len(forecasts)} points of {len(forecasts.symbols)} symbols, {len(dates)} sessions {dates[0]}..{dates[-1]}"


def _check_embargo(name: str, trained_until: np.datetime64, first: np.datetime64, calendar: Dates) -> None:
    if trained_until >= first:
        raise TrainingError(
            f"gate, {name}: expected a model trained before the gate's first session {first}, got one trained "
            f"until {trained_until}"
        )
    between = int(np.count_nonzero((calendar > trained_until) & (calendar < first)))
    if between < EMBARGO_SESSIONS:
        raise TrainingError(
            f"gate, {name}: expected at least {EMBARGO_SESSIONS} sessions between training and gate, got {between} "
            f"({trained_until} to {first})"
        )


def session_losses(model: Forecasts, reference: Forecasts) -> tuple[f8, f8]:
    """Mean CRPS over symbols in each session, oldest first, for the gate's significance tests.

    Returns:
        Losses of the model and of the reference on the points that they share: float64, one value per session.

    Raises:
        TrainingError: The forecasts share no point, or were not made from the same closes.
    """
    a, b = align(model, reference)
    return date_means(a.date, crps_points(a)), date_means(b.date, crps_points(b))
