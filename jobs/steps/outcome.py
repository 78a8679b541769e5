"""The outcome of an evaluation: metrics, the report for people, and what the export needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from jobs.candidate import TrainingRecord, utc_now
from jobs.settings import JobsSettings
from model.artefact.manifest import METRICS, REPORT
from model.contract.errors import TrainingError
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.evaluate import Evaluation
    from model.evaluation.gate import Decision

State = Literal["trained", "untrained", "refused", "unchanged"]
_OUTCOME: Final = "outcome.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the evaluation of a candidate came to.

    Attributes:
        state: `trained`: it may be served; `untrained`: nothing trained passed and nothing is served yet, so the state
            before training may be; `refused`: the version that is served stays; `unchanged`: fine-tuning improved
            nothing.
        shrink: lambda of what may be served.
        evaluation: of what may be served, or of what was refused. decision: the gate's on the trained candidate.
        folder: where `report/metrics.json` and `report/report.html` lie.
    """

    state: State
    shrink: float
    evaluation: "Evaluation"
    decision: "Decision"
    folder: Path

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.folder / REPORT

    def to_dict(self) -> dict[str, object]:
        """For JSON: what `metrics.json` has of it, and where the page lies."""
        return {
            **self.evaluation.to_dict(),
            "gate": self.decision.to_dict(),
            "state": self.state,
            "shrink": self.shrink,
            "report": str(self.report),
        }


def write_outcome(
    outcome: Outcome, settings: JobsSettings, record: TrainingRecord, series: Sequence[PriceSeries]
) -> None:
    """Writes `report/metrics.json`, `report/report.html` and, last, what `read_outcome` reads."""
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
    # Last, and forgotten first: an evaluation that was cut short has no outcome.
    known = {"version": record.version, "state": outcome.state, "shrink": outcome.shrink}
    (outcome.folder / _OUTCOME).write_bytes(orjson.dumps(known))


def forget_outcome(folder: Path) -> None:
    """Makes the candidate one that is not evaluated, until `write_outcome` has written everything."""
    (folder / _OUTCOME).unlink(missing_ok=True)


def _findings(quality: QualityReport) -> tuple[str, ...]:
    found = [f"{len(part.dates)} rows dropped: {part.reason}." for part in quality.dropped]
    if quality.missing:
        found.append(f"{len(quality.missing)} sessions without a close.")
    if quality.surplus:
        found.append(f"{len(quality.surplus)} closes on days that are no sessions.")
    found += [f"Adjusted for a split of {split.ratio:g} on {split.date}." for split in quality.splits]
    found += [f"A split of {split.ratio:g} on {split.date}? Not adjusted." for split in quality.suspected]
    return tuple(found)


def read_outcome(folder: Path, record: TrainingRecord) -> tuple[State, float]:
    """State and lambda that the candidate was evaluated with.

    Raises:
        TrainingError: it was not evaluated yet.
    """
    try:
        outcome = orjson.loads((folder / _OUTCOME).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        outcome = {}
    if outcome.get("version") != record.version:
        raise TrainingError(f"{folder}: candidate {record.version} is not evaluated; run `nextclose evaluate` first")
    return outcome["state"], outcome["shrink"]


def recipe_text(record: TrainingRecord, state: State) -> str:
    """How a candidate or version was made, in words."""
    units, several = record.recipe["units"], len(record.data)
    pooled = f", pooled over {several} symbols" if several > 1 else ""
    if state == "untrained":
        return f"untrained: the last close with EWMA-scaled empirical quantiles{pooled}"
    start = f", fine-tuned from {record.former}" if record.former else ""
    return f"LSTM({units}){pooled}, {record.best_epoch} epochs{start}"


def _ranges(record: TrainingRecord) -> Any:
    from model.evaluation.facts import Range

    first = min(part.first for part in record.data)
    return (
        Range("training", first, record.train_until),
        Range("validation", record.validation_from, record.validation_until),
        Range("gate (measured here)", record.gate_from, record.gate_until),
    )


def _notes(state: State, shrink: float) -> tuple[str, ...]:
    notes = ["What is measured here was fitted before the sessions shown; what is exported is the same on all data."]
    if state == "untrained":
        notes.append("No trained model passed the gate: the state before training is served.")
    if shrink == 0:
        notes.append("The median did not earn its keep on the validation part: the forecast is the last close.")
    return tuple(notes)


def _learning(record: TrainingRecord) -> Any:
    from model.evaluation.facts import Learning

    initial, *epochs = record.history
    return Learning(
        train=tuple(train for _, train, _ in epochs if train is not None),
        validation=tuple(validation for _, _, validation in epochs),
        initial=initial[2],
    )
