"""What the gate is given: forecasts of candidates, versions and baselines for the gate's sessions of every symbol."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jobs.candidate import CUT, TrainingRecord, load_forecaster
from model.artefact.folder import Artefact
from model.prices.series import PriceSeries

if TYPE_CHECKING:
    from model.evaluation.forecasts import Forecasts
    from model.evaluation.gate import Candidate, Kind


def gate_forecasts(forecaster: Any, series: Sequence[PriceSeries], record: TrainingRecord) -> "Forecasts":
    """Forecasts of one fit for the gate's sessions of every symbol.

    Args:
        forecaster: a `model.training.predict.Forecaster`.
        series: the prices, one a symbol.
        record: of the candidate or version whose gate it is.
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
    """Forecasts of every baseline for the same sessions, by its name."""
    from model.evaluation.baselines import baseline_forecasts
    from model.evaluation.forecasts import concatenate

    parts: dict[str, list[Forecasts]] = {}
    for one in series:
        targets = one.dates[_in_gate(one.dates, record)]
        made = baseline_forecasts(one.symbol, one.dates, one.adjusted, np.datetime64(record.train_until), targets)
        for name, forecasts in made.items():
            parts.setdefault(name, []).append(forecasts)
    return {name: concatenate(several) for name, several in parts.items()}


def version_at_gate(artefact: Artefact, series: Sequence[PriceSeries], record: TrainingRecord) -> "Candidate":
    """A version by the fit that the gate judges, on the sessions of a gate that need not be its own.

    Raises:
        TrainingError: it cannot forecast them.
    """
    from model.evaluation.gate import Candidate

    cut = load_forecaster(artefact.folder / CUT, float(artefact.manifest.shrink))
    until = record_of(artefact).validation_until
    return Candidate(gate_forecasts(cut, series, record), np.datetime64(until))


def record_of(artefact: Artefact) -> TrainingRecord:
    """How a version was trained."""
    return TrainingRecord.model_validate(artefact.manifest.settings)


def calendar_of(series: Sequence[PriceSeries]) -> Any:
    """The sessions of all symbols, each once, oldest first: datetime64[D]."""
    return np.unique(np.concatenate([one.dates for one in series]))


def gate_kind(record: TrainingRecord, held: Artefact | None) -> "Kind":
    """Whether a candidate is of the recipe of the version that is held."""
    from model.evaluation.gate import Kind

    same = held is not None and held.manifest.settings.get("recipe_digest") == record.recipe_digest
    return Kind.REFRESH if same else Kind.REPLACE


def _in_gate(dates: Any, record: TrainingRecord) -> Any:
    return (dates >= np.datetime64(record.gate_from)) & (dates <= np.datetime64(record.gate_until))
