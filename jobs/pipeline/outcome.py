"""The outcome of an evaluation: metrics, the report as an HTML page, and the state that the export reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import orjson

from jobs.pipeline.candidate import TrainingRecord, utc_now
from jobs.settings import JobsSettings
from model.artefact.manifest import METRICS, REPORT
from model.contract.errors import TrainingError
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.evaluate import Evaluation
    from model.evaluation.facts import LossCurves, Range
    from model.evaluation.gate import GateDecision

State = Literal["trained", "untrained", "refused", "unchanged"]
_OUTCOME: Final = "outcome.json"


@dataclass(frozen=True, slots=True)
class EvaluationOutcome:
    """Outcome of the evaluation of a candidate.

    Attributes:
        state: `trained`: the candidate may be served; `untrained`: the gate refused it and nothing is served yet, so
            the fallback may be served; `refused`: the gate refused it and the served version stays; `unchanged`:
            fine-tuning improved nothing.
        shrink: lambda of the network that may be served, 0 or 1.
        evaluation: Measures of the network that may be served, or of the refused candidate.
        decision: Decision of the gate on the trained candidate.
        folder: Folder that contains `report/metrics.json` and `report/report.html`.
    """

    state: State
    shrink: float
    evaluation: "Evaluation"
    decision: "GateDecision"
    folder: Path

    @property
    def report(self) -> Path:
        """Path of the HTML page."""
        return self.folder / REPORT

    def to_dict(self) -> dict[str, object]:
        """Convert to a dictionary for JSON: measures, decision and the path of the page."""
        return {
            **self.evaluation.to_dict(),
            "gate": self.decision.to_dict(),
            "state": self.state,
            "shrink": self.shrink,
            "report": str(self.report),
        }


def write_outcome(
    outcome: EvaluationOutcome, settings: JobsSettings, record: TrainingRecord, series: Sequence[PriceSeries]
) -> None:
    """Write `report/metrics.json` and `report/report.html`, then the file that `read_outcome` reads."""
    from model.evaluation.facts import ReportFacts, SymbolFacts
    from model.evaluation.report import render

    store = PriceStore(settings.store)
    facts = ReportFacts(
        model=settings.model_name,
        version=record.version,
        recipe=recipe_text(record, outcome.state),
        shrink=outcome.shrink,
        created=utc_now(),
        symbols=tuple(SymbolFacts.of(one, _findings(store.read_quality(one.symbol))) for one in series),
        ranges=_ranges(record),
        gate=outcome.decision,
        notes=_notes(outcome.state, outcome.shrink),
    )
    metrics = {
        **outcome.evaluation.to_dict(),
        "gate": outcome.decision.to_dict(),
        "state": outcome.state,
        "shrink": outcome.shrink,
        "training": {"history": record.history, "best_epoch": record.best_epoch, "validation": record.validation},
    }
    (outcome.folder / METRICS).parent.mkdir(exist_ok=True)
    outcome.report.write_text(render(outcome.evaluation, facts, _learning(record)), encoding="utf-8")
    (outcome.folder / METRICS).write_bytes(orjson.dumps(metrics, option=orjson.OPT_INDENT_2))
    # Written last, and deleted first by `delete_outcome`, so that an interrupted evaluation has no outcome.
    saved = {"version": record.version, "state": outcome.state, "shrink": outcome.shrink}
    (outcome.folder / _OUTCOME).write_bytes(orjson.dumps(saved))


def delete_outcome(folder: Path) -> None:
    """Mark the candidate as not evaluated, until `write_outcome` has written everything."""
    (folder / _OUTCOME).unlink(missing_ok=True)


def _findings(quality: QualityReport) -> tuple[str, ...]:
    found = [f"{len(part.dates)} rows dropped: {part.reason}." for part in quality.dropped]
    if quality.missing:
        found.append(f"{len(quality.missing)} sessions without a close.")
    if quality.surplus:
        found.append(f"{len(quality.surplus)} closes on days without a session.")
    found += [f"Adjusted for a split of {split.ratio:g} on {split.date}." for split in quality.splits]
    found += [f"A split of {split.ratio:g} on {split.date}? Not adjusted." for split in quality.suspected]
    return tuple(found)


def read_outcome(folder: Path, record: TrainingRecord) -> tuple[State, float]:
    """Read state and lambda from the evaluation of the candidate.

    Raises:
        TrainingError: The candidate has not been evaluated yet.
    """
    try:
        outcome = orjson.loads((folder / _OUTCOME).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        outcome = {}
    if outcome.get("version") != record.version:
        raise TrainingError(f"{folder}: candidate {record.version} is not evaluated; run `nextclose evaluate` first")
    return outcome["state"], outcome["shrink"]


def recipe_text(record: TrainingRecord, state: State) -> str:
    """Describe how a candidate or version was trained."""
    units, several = record.recipe["units"], len(record.data)
    pooled = f", pooled over {several} symbols" if several > 1 else ""
    if state == "untrained":
        return f"untrained: the last close with EWMA-scaled empirical quantiles{pooled}"
    start = f", fine-tuned from {record.former}" if record.former else ""
    return f"LSTM({units}){pooled}, {record.best_epoch} epochs{start}"


def _ranges(record: TrainingRecord) -> tuple["Range", ...]:
    from model.evaluation.facts import Range

    first = min(part.first for part in record.data)
    return (
        Range("training", first, record.train_until),
        Range("validation", record.validation_from, record.validation_until),
        Range("gate (measured here)", record.gate_from, record.gate_until),
    )


def _notes(state: State, shrink: float) -> tuple[str, ...]:
    notes = [
        "The measured model was fitted on data before the sessions shown; the exported one was fitted on all data."
    ]
    if state == "untrained":
        notes.append("The trained model did not pass the gate: the untrained fallback is served.")
    if shrink == 0:
        notes.append(
            "The trained median was no better than the last close on the validation part, so the last close is used."
        )
    return tuple(notes)


def _learning(record: TrainingRecord) -> "LossCurves":
    from model.evaluation.facts import LossCurves

    initial, *epochs = record.history
    return LossCurves(
        train=tuple(train for _, train, _ in epochs if train is not None),
        validation=tuple(validation for _, _, validation in epochs),
        initial=initial[2],
    )
