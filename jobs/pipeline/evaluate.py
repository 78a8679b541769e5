"""The evaluate step: measure the candidate on unseen sessions, together with baselines and the served version."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from jobs.pipeline.candidate import (
    CUT,
    UNTRAINED,
    TrainingRecord,
    candidate_folder,
    load_forecaster,
    read_record,
    save_forecasters,
)
from jobs.pipeline.gate_sessions import (
    forecast_gate_sessions,
    gate_baselines,
    gate_forecasts,
    gate_kind,
    merge_sessions,
)
from jobs.pipeline.outcome import EvaluationOutcome, State, delete_outcome, write_outcome
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.folder import Artefact
from model.contract.errors import TrainingError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.evaluation.forecasts import Forecasts
    from model.evaluation.gate import GateDecision

NO_CHAMPION: Final = "none"
REFUSED: Final = "trained, refused"


def evaluate_candidate(
    settings: JobsSettings, *, champion: str | None = None, challenger_count: int = 1
) -> EvaluationOutcome:
    """Evaluate the candidate, ask the gate and write the report.

    Args:
        settings: Location of the candidate, of the price store and of the registry.
        champion: Version that the candidate has to beat, or `none`. None takes the current version, if there is one.
        challenger_count: Number of candidates that were tried on these sessions, including this one.

    Raises:
        TrainingError: There is no candidate, its prices have changed in the price store since the training, or it
            cannot be compared with the champion.
    """
    folder = candidate_folder(settings.work, settings.model_name)
    record = read_record(folder)
    series = _read_training_prices(settings, record)
    registry = open_registry(settings.models, settings.model_name)
    champion = champion or registry.current()
    champion_artefact = registry.open(champion) if champion and champion != NO_CHAMPION else None
    # Imported here because the import takes seconds.
    from model.evaluation.evaluate import evaluate
    from model.evaluation.gate import EvaluatedModel, evaluate_gate

    baselines = gate_baselines(series, record)
    forecasts = gate_forecasts(load_forecaster(folder / CUT, record.shrink), series, record)
    decision = evaluate_gate(
        EvaluatedModel(forecasts, np.datetime64(record.validation_until)),
        None if champion_artefact is None else forecast_gate_sessions(champion_artefact, series, record),
        baselines["naive"],
        merge_sessions(series),
        kind=gate_kind(record, champion_artefact),
        challenger_count=challenger_count,
    )
    state = _state(record, decision, champion_artefact)
    shrink = record.shrink
    delete_outcome(folder)
    if state == "untrained":
        shrink = 1.0
        # The refused candidate stays in the table, next to the fallback that replaces it.
        baselines[REFUSED] = forecasts
        forecasts = _save_fallback(folder, series, record)
    evaluation = evaluate(forecasts, baselines)
    outcome = EvaluationOutcome(state, shrink, evaluation, decision, folder)
    write_outcome(outcome, settings, record, series)
    return outcome


def _state(record: TrainingRecord, decision: "GateDecision", champion_artefact: Artefact | None) -> State:
    if not record.changed:
        return "unchanged"
    if decision.promoted:
        return "trained"
    return "untrained" if champion_artefact is None else "refused"


def _read_training_prices(settings: JobsSettings, record: TrainingRecord) -> list[PriceSeries]:
    store = PriceStore(settings.store)
    series = [store.read(part.symbol) for part in record.data]
    for one, part in zip(series, record.data, strict=True):
        if one.digest != part.digest:
            raise TrainingError(
                f"{one.symbol}: the stored prices are not those that the candidate was trained on; "
                "run `nextclose train` again"
            )
    return series


def _save_fallback(folder: Path, series: Sequence[PriceSeries], record: TrainingRecord) -> "Forecasts":
    """Save the fallback (the untrained network) with the candidate, for the export. Returns its gate forecasts."""
    from model.training.dataset import windows_of
    from model.training.fit import untrained
    from model.training.recipe import Recipe

    windows = windows_of(series)
    before = windows.select(windows.target_date <= np.datetime64(record.train_until))
    cut = untrained(before, Recipe(), record.seed)
    save_forecasters(folder / UNTRAINED, untrained(windows, Recipe(), record.seed), cut)
    return gate_forecasts(cut, series, record)
