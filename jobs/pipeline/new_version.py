"""Train, evaluate, gate and export in one call: from stored prices to a version, or the reason why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.pipeline.evaluate import NO_CHAMPION, evaluate_candidate
from jobs.pipeline.export import export_candidate
from jobs.pipeline.step_log import StepLog
from jobs.pipeline.train import train_candidate
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.registry import Registry
from model.contract.errors import NextcloseError
from model.state.status import Attempt, GateDecision


@dataclass(frozen=True, slots=True)
class NewVersion:
    """Result of a training.

    Attributes:
        attempt: The training; its `result` is `exported` if there is a version.
        gate: Decision of the gate; None if fine-tuning changed nothing.
    """

    attempt: Attempt
    gate: GateDecision | None


def comparable_champion(registry: Registry, version: str | None, symbols: Sequence[str]) -> str | None:
    """Return the version if it can be opened and was trained on the same symbols, else None."""
    if version is None:
        return None
    try:
        same = set(registry.open(version).manifest.symbols) == set(symbols)
    except NextcloseError:
        return None  # a version that cannot be opened cannot be served either
    return version if same else None


def make_version(
    settings: JobsSettings,
    symbols: Sequence[str],
    steps: StepLog,
    *,
    served: str | None,
    finetune: bool,
    force: bool,
    now: Callable[[], datetime],
) -> NewVersion:
    """Train a candidate, ask the gate, and export the candidate if it may be served. Does not promote the version.

    Args:
        settings: Location of the price store, of candidates and of the registry.
        symbols: Symbols whose prices are pooled.
        steps: Log that each step is added to.
        served: Version that the gate compares the candidate with; None if nothing is served.
        finetune: Whether to fine-tune the served version instead of training from the start.
        force: Whether to train even if there is a candidate from the same prices, e.g. of an interrupted run.
        now: Clock.

    Raises:
        NextcloseError: A step failed.
    """
    champion = comparable_champion(open_registry(settings.models, settings.model_name), served, symbols)
    with steps.step("train") as report:
        record, trained = train_candidate(settings, symbols, former=champion if finetune else None, force=force)
        origin = f"fine-tuned from {record.former}" if record.former else "from the start"
        report("trained" if trained else "known", f"candidate {record.version}, {record.best_epoch} epochs, {origin}")

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

    with steps.step("evaluate") as report:
        outcome = evaluate_candidate(settings, champion=champion or NO_CHAMPION)
        report("evaluated", outcome.evaluation.verdict.text)
    steps.add("gate", outcome.state, outcome.decision.sentence, 0.0)
    gate = GateDecision(
        at=now(), version=record.version, promoted=outcome.decision.promoted, sentence=outcome.decision.sentence
    )
    if outcome.state == "unchanged":
        return NewVersion(attempt("unchanged"), None)
    if outcome.state == "refused":
        return NewVersion(attempt("refused"), gate)
    with steps.step("export") as report:
        artefact = export_candidate(settings, make_current=False)
        report(artefact.manifest.state, f"version {artefact.version}")
    return NewVersion(attempt("exported"), gate)
