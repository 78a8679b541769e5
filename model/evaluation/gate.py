"""The gate between champion and challenger: a pure function from forecasts on the same sessions to a decision.

Floors are checked always; Replace (another recipe) and Refresh (the same recipe on newer data) also compare with the
champion. "The lower mean loss wins" is not a rule here: between two equally good models it promotes the newer one half
of the time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.contract.errors import NotEnoughDataError, TrainingError
from model.evaluation.forecasts import Dates, Forecasts, align, same_points
from model.evaluation.measures import crps_points
from model.evaluation.rules import SESSIONS, Check, floors, refresh_rule, replace_rule
from model.evaluation.significance import date_means

f8 = NDArray[np.float64]
EMBARGO: Final = 60  # sessions between training and gate: no gate window holds a close that was a training target


class Kind(StrEnum):
    """What the challenger is to the champion."""

    REPLACE = "replace"  # another recipe
    REFRESH = "refresh"  # the same recipe, newer data


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model at the gate.

    Attributes:
        forecasts: of the gate's sessions.
        trained_until: last target session that its training or its validation saw.
    """

    forecasts: Forecasts
    trained_until: np.datetime64


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says.

    Attributes:
        kind: the rule that was applied; None when there was no champion, so that floors alone decided.
        promoted: whether every check passed.
        checks: all of them, the failed ones too.
        first: first session of the gate. last: last session. sessions: their number.
    """

    kind: Kind | None
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
            return f"Promoted: all {len(self.checks)} checks passed {where}."
        return f"Refused {where}: " + " ".join(check.sentence for check in self.checks if not check.passed)

    def to_dict(self) -> dict[str, object]:
        """For JSON: dates as ISO text."""
        return {
            "kind": None if self.kind is None else self.kind.value,
            "promoted": self.promoted,
            "sentence": self.sentence,
            "first": str(self.first),
            "last": str(self.last),
            "sessions": self.sessions,
            "checks": [check.to_dict() for check in self.checks],
        }


def decide(
    challenger: Candidate,
    champion: Candidate | None,
    naive: Forecasts,
    calendar: Dates,
    *,
    kind: Kind,
    challengers: int = 1,
) -> Decision:
    """Decides on the last 250 sessions whether the challenger may be served.

    Args:
        challenger: the model that would be promoted.
        champion: the model that is served, judged on the same sessions; None when there is none: floors decide.
        naive: the forecasts of `baselines.naive_empirical` for the same points.
        calendar: datetime64[D], the sessions of the price series, to count the embargo by.
        kind: whether the challenger is another recipe or the same on newer data.
        challengers: how many challengers were tried on these sessions, this one included.

    Raises:
        NotEnoughDataError: fewer than 250 sessions.
        TrainingError: the forecasts are not of the same points and closes, or a model was trained on the gate's
            sessions or less than 60 sessions before them, or `challengers` is below 1.
    """
    if challengers < 1:
        raise TrainingError(f"gate, 'challengers': expected at least 1, got {challengers}")
    others = [("naive", naive)] if champion is None else [("champion", champion.forecasts), ("naive", naive)]
    for name, other in others:
        if not same_points(challenger.forecasts, other):
            raise TrainingError(
                f"gate: expected challenger and {name} to forecast the same symbols at the same sessions, got "
                f"{_extent(challenger.forecasts)} and {_extent(other)}"
            )
    sessions = challenger.forecasts.dates
    if len(sessions) < SESSIONS:
        raise NotEnoughDataError(f"gate: expected at least {SESSIONS} sessions, got {_extent(challenger.forecasts)}")
    first, last = sessions[-SESSIONS], sessions[-1]
    for name, candidate in (("challenger", challenger), ("champion", champion)):
        if candidate is not None:
            _check_embargo(name, candidate.trained_until, first, calendar)

    judged = challenger.forecasts.between(first, last)
    checks = list(floors(judged, *session_losses(judged, naive.between(first, last))))
    if champion is not None:
        losses = session_losses(judged, champion.forecasts.between(first, last))
        checks += replace_rule(*losses, challengers) if kind is Kind.REPLACE else [refresh_rule(*losses)]
    return Decision(
        kind=None if champion is None else kind,
        promoted=all(check.passed for check in checks),
        checks=tuple(checks),
        first=first,
        last=last,
        sessions=SESSIONS,
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
    if between < EMBARGO:
        raise TrainingError(
            f"gate, {name}: expected at least {EMBARGO} sessions between training and gate, got {between} "
            f"({trained_until} to {first})"
        )


def session_losses(model: Forecasts, reference: Forecasts) -> tuple[f8, f8]:
    """CRPS of both by session, means over symbols, oldest first: what the gate's tests compare.

    Returns:
        float64 [d] of the model, and of the reference on the same points.

    Raises:
        TrainingError: they share no point, or were not made from the same closes.
    """
    a, b = align(model, reference)
    return date_means(a.date, crps_points(a)), date_means(b.date, crps_points(b))
