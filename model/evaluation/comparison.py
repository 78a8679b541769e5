"""Comparison of two versions on the gate's sessions: losses, tests, measures and the gate's decision."""

from dataclasses import dataclass
from typing import Final

from model.contract.arrays import Dates, f8
from model.evaluation.baselines import NAIVE
from model.evaluation.evaluate import MODEL, Evaluation, evaluate
from model.evaluation.forecasts import Forecasts
from model.evaluation.gate import ChallengerKind, EvaluatedModel, GateDecision, evaluate_gate, session_losses
from model.evaluation.measures import Measures
from model.evaluation.significance import LONG_LAG, Comparison, compare

CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"


@dataclass(frozen=True, slots=True, eq=False)
class GateComparison:
    """Comparison of a challenger with a champion at the gate.

    Attributes:
        challenger: The challenger measured against the champion and all baselines, on the gate's sessions.
        champion: The champion measured against all baselines, on the same sessions.
        decision: The gate's decision.
        date: datetime64[D] [d], the gate's sessions.
        loss: float64 [d], CRPS of the challenger, mean over symbols in each session.
        reference: float64 [d], CRPS of the champion, likewise.
        naive: float64 [d], CRPS of the naive baseline, likewise.
        crps: The gate's Diebold-Mariano test of `loss` against `reference`, with lag 5.
        crps_long: The same test with lag 20.
        point: The test of the absolute errors with lag 5, which the gate does not use.
    """

    challenger: Evaluation
    champion: Evaluation
    decision: GateDecision
    date: Dates
    loss: f8
    reference: f8
    naive: f8
    crps: Comparison
    crps_long: Comparison
    point: Comparison

    def measures(self, symbol: str | None = None) -> dict[str, Measures]:
        """Measures of challenger, champion and baselines, by name: for one symbol, or means over all symbols."""
        challenger, champion = (
            one.pooled if symbol is None else one.by_symbol[symbol] for one in (self.challenger, self.champion)
        )
        rest = {name: measures for name, measures in challenger.items() if name not in {MODEL, CHAMPION}}
        return {CHALLENGER: challenger[MODEL], CHAMPION: champion[MODEL], **rest}

    def to_dict(self) -> dict[str, object]:
        """The comparison for JSON."""
        symbols = self.challenger.by_symbol
        return {
            "decision": self.decision.to_dict(),
            "measures": {name: measures.to_dict() for name, measures in self.measures().items()},
            "by_symbol": {
                symbol: {name: measures.to_dict() for name, measures in self.measures(symbol).items()}
                for symbol in symbols
            },
            "tests": {
                "crps": {**self.crps.to_dict(), "increase_bound": self.crps.increase_bound()},
                "crps_long": self.crps_long.to_dict(),
                "point": self.point.to_dict(),
            },
            "series": {
                "date": self.date.astype(str).tolist(),
                CHALLENGER: self.loss.tolist(),
                CHAMPION: self.reference.tolist(),
                NAIVE: self.naive.tolist(),
            },
        }


def compare_at_gate(
    challenger: EvaluatedModel,
    champion: EvaluatedModel,
    baselines: dict[str, Forecasts],
    calendar: Dates,
    *,
    kind: ChallengerKind,
) -> GateComparison:
    """Compare two models on the sessions of the challenger's gate.

    Args:
        challenger: The model that would be promoted.
        champion: The model that it is compared with.
        baselines: Forecasts of the same points, by name; the naive baseline is required.
        calendar: datetime64[D], the sessions of the price series.
        kind: Whether the challenger has another recipe or the same recipe on newer data.

    Raises:
        NotEnoughDataError, TrainingError: As for `gate.decide`.
    """
    decision = evaluate_gate(challenger, champion, baselines[NAIVE], calendar, kind=kind)
    ours, theirs, naive = (
        forecasts.between(decision.first, decision.last)
        for forecasts in (challenger.forecasts, champion.forecasts, baselines[NAIVE])
    )
    rest = {name: forecasts.between(decision.first, decision.last) for name, forecasts in baselines.items()}
    measured = evaluate(ours, {CHAMPION: theirs, **rest})
    loss, reference = session_losses(ours, theirs)
    return GateComparison(
        challenger=measured,
        champion=evaluate(theirs, rest),
        decision=decision,
        date=measured.forecasts.dates,
        loss=loss,
        reference=reference,
        naive=session_losses(ours, naive)[1],
        crps=compare(loss, reference),
        crps_long=compare(loss, reference, LONG_LAG),
        point=measured.tests[CHAMPION].point,
    )
