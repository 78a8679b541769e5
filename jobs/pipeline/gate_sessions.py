"""Forecasts of candidates, versions and baselines for the sessions of a gate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jobs.pipeline.candidate import CUT, TrainingRecord, load_forecaster
from model.artefact.folder import Artefact
from model.contract.arrays import Dates
from model.prices.series import PriceSeries

if TYPE_CHECKING:
    from model.evaluation.forecasts import Forecasts
    from model.evaluation.gate import ChallengerKind, EvaluatedModel
    from model.training.predict import Forecaster


def gate_forecasts(forecaster: "Forecaster", series: Sequence[PriceSeries], record: TrainingRecord) -> "Forecasts":
    """Compute the forecasts of one fit for the sessions of a gate, over all symbols.

    Args:
        forecaster: A `model.training.predict.Forecaster`.
        series: Stored prices, one series per symbol.
        record: Training record of the candidate or version that owns the gate.
    """
    from model.evaluation.forecasts import Forecasts
    from model.training.dataset import windows_of
    from model.training.predict import forecast

    windows = windows_of(series)
    windows = windows.select(_in_gate(windows.target_date, record))
    names = np.array(windows.symbols)[windows.symbol]
    quantiles = forecast(forecaster, windows.closes)
    return Forecasts(names, windows.target_date, windows.last, windows.following, quantiles)


def gate_baselines(series: Sequence[PriceSeries], record: TrainingRecord) -> dict[str, "Forecasts"]:
    """Compute the forecasts of every baseline for the same sessions, by the baseline's name."""
    from model.evaluation.baselines import baseline_forecasts
    from model.evaluation.forecasts import concatenate

    parts: dict[str, list[Forecasts]] = {}
    for one in series:
        targets = one.dates[_in_gate(one.dates, record)]
        made = baseline_forecasts(one.symbol, one.dates, one.adjusted, np.datetime64(record.train_until), targets)
        for name, forecasts in made.items():
            parts.setdefault(name, []).append(forecasts)
    return {name: concatenate(by_symbol) for name, by_symbol in parts.items()}


def forecast_gate_sessions(
    artefact: Artefact, series: Sequence[PriceSeries], record: TrainingRecord
) -> "EvaluatedModel":
    """Compute a version's forecasts for the sessions of a gate, which may be the gate of another version.

    The forecasts come from the version's `cut` fit, which was trained without the sessions of its own gate.

    Args:
        artefact: A verified version.
        series: Stored prices, one series per symbol.
        record: Training record of the candidate or version that owns the gate.

    Raises:
        TrainingError: The version cannot forecast these sessions.
    """
    from model.evaluation.gate import EvaluatedModel

    cut = load_forecaster(artefact.folder / CUT, float(artefact.manifest.shrink))
    until = training_record(artefact).validation_until
    return EvaluatedModel(gate_forecasts(cut, series, record), np.datetime64(until))


def training_record(artefact: Artefact) -> TrainingRecord:
    """Read the training record of a version from its manifest."""
    return TrainingRecord.model_validate(artefact.manifest.settings)


def merge_sessions(series: Sequence[PriceSeries]) -> Dates:
    """Merge the sessions of all symbols. Returns datetime64[D], ascending, without duplicates."""
    return np.unique(np.concatenate([one.dates for one in series]))


def gate_kind(record: TrainingRecord, champion: Artefact | None) -> "ChallengerKind":
    """Return REFRESH if the candidate has the same recipe as the champion, else REPLACE."""
    from model.evaluation.gate import ChallengerKind

    same = champion is not None and champion.manifest.settings.get("recipe_digest") == record.recipe_digest
    return ChallengerKind.REFRESH if same else ChallengerKind.REPLACE


def _in_gate(dates: Dates, record: TrainingRecord) -> NDArray[np.bool_]:
    return (dates >= np.datetime64(record.gate_from)) & (dates <= np.datetime64(record.gate_until))
