"""Evaluate: the candidate on sessions that it has not seen, beside baselines and the version that is served."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from jobs.candidate import (
    CUT,
    UNTRAINED,
    TrainingRecord,
    candidate_folder,
    load_forecaster,
    read_record,
    save_forecasters,
)
from jobs.settings import JobsSettings
from jobs.steps.gate_sessions import calendar_of, gate_baselines, gate_forecasts, gate_kind, version_at_gate
from jobs.steps.outcome import Outcome, State, forget_outcome, write_outcome
from model.artefact.address import registry_at
from model.artefact.folder import Artefact
from model.contract.errors import TrainingError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.forecasts import Forecasts
    from model.evaluation.gate import Decision

NO_CHAMPION: Final = "none"
REFUSED: Final = "trained, refused"


def evaluate_candidate(settings: JobsSettings, *, champion: str | None = None, challengers: int = 1) -> Outcome:
    """Evaluates the candidate and writes its report.

    Args:
        settings: where things lie.
        champion: the version it has to beat, or `none`; None takes the current one, where there is one.
        challengers: how many candidates were tried on these sessions, this one included.

    Raises:
        TrainingError: there is no candidate, its prices have changed in the store since, or it cannot be compared.
    """
    folder = candidate_folder(settings.work, settings.model_name)
    record = read_record(folder)
    series = _same_prices(settings, record)
    registry = registry_at(settings.models, settings.model_name)
    champion = champion or registry.current()
    held = registry.open(champion) if champion and champion != NO_CHAMPION else None
    # Imported once there is something to evaluate: they take seconds.
    from model.evaluation.evaluate import evaluate
    from model.evaluation.gate import Candidate, decide

    baselines = gate_baselines(series, record)
    forecasts = gate_forecasts(load_forecaster(folder / CUT, record.shrink), series, record)
    decision = decide(
        Candidate(forecasts, np.datetime64(record.validation_until)),
        None if held is None else version_at_gate(held, series, record),
        baselines["naive"],
        calendar_of(series),
        kind=gate_kind(record, held),
        challengers=challengers,
    )
    state = _state(record, decision, held)
    shrink = record.shrink
    forget_outcome(folder)
    if state == "untrained":
        shrink = 1.0
        # What was refused stays in the table, beside what stands in for it.
        baselines[REFUSED] = forecasts
        forecasts = _untrained(folder, series, record)
    evaluation = evaluate(forecasts, baselines)
    outcome = Outcome(state, shrink, evaluation, decision, folder)
    write_outcome(outcome, settings, record, series)
    return outcome


def _state(record: TrainingRecord, decision: "Decision", held: Artefact | None) -> State:
    if not record.changed:
        return "unchanged"
    if decision.promoted:
        return "trained"
    return "untrained" if held is None else "refused"


def _same_prices(settings: JobsSettings, record: TrainingRecord) -> list[PriceSeries]:
    store = PriceStore(settings.store)
    series = [store.read(part.symbol) for part in record.data]
    for one, part in zip(series, record.data, strict=True):
        if one.digest != part.digest:
            raise TrainingError(
                f"{one.symbol}: the stored prices are not those that the candidate was trained on; "
                "run `nextclose train` again"
            )
    return series


def _untrained(folder: Path, series: Sequence[PriceSeries], record: TrainingRecord) -> "Forecasts":
    """The state before training, kept beside the candidate for the export; gives its forecasts for the gate."""
    from model.training.dataset import windows_of
    from model.training.recipe import Recipe
    from model.training.scratch import untrained

    windows = windows_of(series)
    before = windows.select(windows.target_date <= np.datetime64(record.train_until))
    cut = untrained(before, Recipe(), record.seed)
    save_forecasters(folder / UNTRAINED, untrained(windows, Recipe(), record.seed), cut)
    return gate_forecasts(cut, series, record)
