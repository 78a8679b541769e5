"""Two versions on the gate's sessions, side by side: the gate's own losses, tests, measures and decision."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.evaluation.baselines import NAIVE
from model.evaluation.evaluate import MODEL, Evaluation, evaluate
from model.evaluation.forecasts import Dates, Forecasts
from model.evaluation.gate import Candidate, Decision, Kind, decide, session_losses
from model.evaluation.measures import Measures
from model.evaluation.significance import LONG_LAG, Comparison, compare

f8 = NDArray[np.float64]
CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A challenger against a champion, as the gate sees them.

    Attributes:
        challenger, champion: each measured against all baselines, on the gate's sessions.
        decision: what the gate says.
        date: datetime64[D] [d], the sessions.
        loss, reference, naive: CRPS of challenger, champion and naive by session, means over symbols, float64 [d].
        crps: the Diebold-Mariano test of the first two, as the gate makes it. crps_long: the same with lag 20.
        point: the same test, with lag 5, of the absolute errors, which the gate does not look at.
    """

    challenger: Evaluation
    champion: Evaluation
    decision: Decision
    date: Dates
    loss: f8
    reference: f8
    naive: f8
    crps: Comparison
    crps_long: Comparison
    point: Comparison

    def measures(self, symbol: str | None = None) -> dict[str, Measures]:
        """Measures of challenger, champion and baselines, by name; of one symbol, or means over all."""
        challenger, champion = (
            one.pooled if symbol is None else one.by_symbol[symbol] for one in (self.challenger, self.champion)
        )
        rest = {name: measures for name, measures in challenger.items() if name not in {MODEL, CHAMPION}}
        return {CHALLENGER: challenger[MODEL], CHAMPION: champion[MODEL], **rest}

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
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
    challenger: Candidate, champion: Candidate, baselines: dict[str, Forecasts], calendar: Dates, *, kind: Kind
) -> Compared:
    """Compares two models on the sessions of the challenger's gate.

    Args:
        challenger: the model that would be promoted.
        champion: the one it is compared with.
        baselines: by name, of the same points; the naive one among them.
        calendar: datetime64[D], the sessions of the price series.
        kind: whether the challenger is another recipe or the same on newer data.

    Raises:
        NotEnoughDataError, TrainingError: as `gate.decide`.
    """
    decision = decide(challenger, champion, baselines[NAIVE], calendar, kind=kind)
    ours, theirs, naive = (
        forecasts.between(decision.first, decision.last)
        for forecasts in (challenger.forecasts, champion.forecasts, baselines[NAIVE])
    )
    rest = {name: forecasts.between(decision.first, decision.last) for name, forecasts in baselines.items()}
    measured = evaluate(ours, {CHAMPION: theirs, **rest})
    loss, reference = session_losses(ours, theirs)
    return Compared(
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
