"""The verdict in words: whether the model beats "tomorrow = today". It never claims to predict a direction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from model.evaluation.number_format import p_text, percent_text
from model.evaluation.significance import Comparison

_P_LIMIT: Final = 0.05  # two-sided
_DISCLAIMER: Final = "None of this says whether a price will rise or fall."


class Outcome(StrEnum):
    """How the model compares with a reference."""

    BETTER = "better"
    TIE = "tie"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcomes for the point forecast and for the distribution, and sentences that explain them."""

    point: Outcome
    distribution: Outcome
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All sentences, joined."""
        return " ".join(self.sentences)

    def to_dict(self) -> dict[str, object]:
        """The verdict for JSON."""
        return {"point": self.point.value, "distribution": self.distribution.value, "text": self.text}


def verdict(point: Comparison, distribution: Comparison) -> Verdict:
    """Judge by Diebold-Mariano tests, two-sided at 5 %; a difference that is not significant is a tie.

    Args:
        point: Test of the point forecast's absolute error against that of the last close.
        distribution: Test of the CRPS against that of the last close with the training range's empirical quantiles.
    """
    return Verdict(
        _outcome(point),
        _outcome(distribution),
        (_point_sentence(point), _distribution_sentence(distribution), _DISCLAIMER),
    )


def _outcome(comparison: Comparison) -> Outcome:
    if comparison.p_different >= _P_LIMIT:
        return Outcome.TIE
    return Outcome.BETTER if comparison.difference < 0 else Outcome.WORSE


def _point_sentence(comparison: Comparison) -> str:
    start = {
        Outcome.BETTER: 'The point forecast beats "tomorrow = today"',
        Outcome.TIE: 'The point forecast does not beat "tomorrow = today"; it ties with it',
        Outcome.WORSE: 'The point forecast loses to "tomorrow = today"',
    }[_outcome(comparison)]
    if comparison.difference == 0 and comparison.error == 0:
        return f"{start}: its errors are exactly those of the last close."
    return f"{start}: its mean absolute error {_amount(comparison)}."


def _distribution_sentence(comparison: Comparison) -> str:
    start = {
        Outcome.BETTER: "The forecast distribution beats the last close with the quantiles of past returns around it",
        Outcome.TIE: "The forecast distribution does not beat the last close with the quantiles of past returns around "
        "it; it ties with it",
        Outcome.WORSE: "The forecast distribution loses to the last close with the quantiles of past returns around it",
    }[_outcome(comparison)]
    return f"{start}: its CRPS {_amount(comparison)}."


def _amount(comparison: Comparison) -> str:
    change = comparison.difference / comparison.reference if comparison.reference > 0 else float("inf")
    size = f"is {percent_text(abs(change), 2)} {'smaller' if change < 0 else 'larger'}"
    chance = ", which chance explains" if _outcome(comparison) is Outcome.TIE else ""
    return f"{size} over {comparison.sessions} sessions{chance} ({p_text(comparison.p_different)})"
