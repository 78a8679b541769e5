"""Train, evaluate, gate and export in a row: stored prices in, a version out, or why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.settings import JobsSettings
from jobs.steps.evaluate import NO_CHAMPION, evaluate_candidate
from jobs.steps.export import export_candidate
from jobs.steps.refresh_telling import StepLog
from jobs.steps.train import train_candidate
from model.artefact.address import registry_at
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError
from model.state.status import Attempt, GateDecision


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What came of a training; `attempt.result` says whether there is a version."""

    attempt: Attempt
    gate: GateDecision | None


def comparable(registry: Registry, version: str | None, symbols: Sequence[str]) -> str | None:
    """The version, where it can be opened and was made for the same symbols; else there is nothing to compare with."""
    if version is None:
        return None
    try:
        same = set(registry.open(version).manifest.symbols) == set(symbols)
    except NextcloseError:
        return None  # what cannot be opened cannot be served either
    return version if same else None


def make_version(
    settings: JobsSettings,
    symbols: Sequence[str],
    steps: StepLog,
    *,
    served: str | None,
    finetune: bool,
    again: bool,
    now: Callable[[], datetime],
) -> NewVersion:
    """Trains, asks the gate, and exports what may be served; nothing points to it yet.

    Args:
        settings: where things lie.
        symbols: pooled.
        steps: where the steps are told.
        served: the version that the gate compares with.
        finetune: go on from it.
        again: train although a candidate from the same prices is there, as after an interruption.
        now: the clock.

    Raises:
        As the steps do.
    """
    champion = comparable(registry_at(settings.models, settings.model_name), served, symbols)
    with steps.step("train") as tell:
        record, trained = train_candidate(settings, symbols, former=champion if finetune else None, again=again)
        kind = f"fine-tuned from {record.former}" if record.former else "from the start"
        tell("trained" if trained else "known", f"candidate {record.version}, {record.best_epoch} epochs, {kind}")

    def attempt(result: str) -> Attempt:
        return Attempt.model_validate(
            {
                "at": now(),
                "digests": {part.symbol: part.digest for part in record.data},
                "until": min(part.last for part in record.data),
                "version": record.version,
                "result": result,
            }
        )

    with steps.step("evaluate") as tell:
        outcome = evaluate_candidate(settings, champion=champion or NO_CHAMPION)
        tell("evaluated", outcome.evaluation.verdict.text)
    steps.add("gate", outcome.state, outcome.decision.sentence, 0.0)
    gate = GateDecision(
        at=now(), version=record.version, promoted=outcome.decision.promoted, sentence=outcome.decision.sentence
    )
    if outcome.state == "unchanged":
        return NewVersion(attempt("unchanged"), None)
    if outcome.state == "refused":
        return NewVersion(attempt("refused"), gate)
    with steps.step("export") as tell:
        artefact = export_candidate(settings, make_current=False)
        tell(artefact.manifest.state, f"version {artefact.version}")
    return NewVersion(attempt("exported"), gate)
