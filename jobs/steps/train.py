"""Train: stored prices in, a candidate out."""

from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.candidate import (
    CUT,
    TrainingRecord,
    candidate_folder,
    load_forecaster,
    read_record,
    save_candidate,
    utc_now,
)
from jobs.settings import JobsSettings
from model.artefact.address import registry_at
from model.artefact.folder import Artefact
from model.artefact.registry import CURRENT
from model.contract.errors import NoVersionError, TrainingError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

# Called with the epoch, how many there are, and the validation loss (None in the fit on all data).
Progress = Callable[[int, int, float | None], None]


def train_candidate(
    settings: JobsSettings,
    symbols: Sequence[str],
    *,
    former: str | None = None,
    again: bool = True,
    progress: Progress | None = None,
) -> tuple[TrainingRecord, bool]:
    """Trains on stored prices of the symbols, and keeps the result as the candidate.

    Args:
        settings: where things lie, and the seed.
        symbols: pooled; in their order.
        former: a version to fine-tune, or `current`.
        again: False takes the candidate that is there, where it was made from the same data in the same way.
        progress: called after every epoch.

    Returns:
        The candidate's record, and whether it was trained now.

    Raises:
        UnknownSymbolError: the store has no prices of a symbol. NotEnoughDataError: too few of them.
        ArtefactError: there is no such former version. OSError: the folder of candidates cannot be made.
    """
    if former == CURRENT:
        former = registry_at(settings.models, settings.model_name).current()
        if former is None:
            raise NoVersionError("no version is current yet, so there is nothing to fine-tune")
    store = PriceStore(settings.store)
    series = [store.read(symbol) for symbol in symbols]
    folder = candidate_folder(settings.work, settings.model_name)
    if not again:
        known = _known(folder, settings, series, former)
        if known is not None:
            return known, False
    # A place that cannot be written to is told before the training, not after it.
    folder.parent.mkdir(parents=True, exist_ok=True)
    return _train(settings, series, former, progress, folder), True


def _known(
    folder: Path, settings: JobsSettings, series: Sequence[PriceSeries], former: str | None
) -> TrainingRecord | None:
    from model.training.recipe import Recipe

    try:
        record = read_record(folder)
    except TrainingError:
        return None
    digests = [one.digest for one in series]
    return record if record.made_from(Recipe().digest, settings.seed, former, digests) else None


def _train(
    settings: JobsSettings,
    series: list[PriceSeries],
    former: str | None,
    progress: Progress | None,
    folder: Path,
) -> TrainingRecord:
    held = None if former is None else registry_at(settings.models, settings.model_name).open(former)
    # Imported once there is something to train on: they take seconds.
    from model.training.recipe import Recipe
    from model.training.train import train

    start = None if held is None else former_of(held)
    tell = progress or (lambda _epoch, _total, _loss: None)
    trained = train(
        series,
        Recipe(),
        settings.seed,
        former=start,
        progress=lambda epoch, total, _train, validation: tell(epoch, total, validation),
    )
    record = TrainingRecord.of(trained, series, former, utc_now())
    save_candidate(folder, trained, record)
    return record


def former_of(artefact: Artefact):  # type: ignore[no-untyped-def]
    """Both fits of a verified version, as the start of a fine-tuning and as the gate's champion."""
    from model.training.train import Former

    shrink = float(artefact.manifest.shrink)
    record = TrainingRecord.model_validate(artefact.manifest.settings)
    return Former(
        cut=load_forecaster(artefact.folder / CUT, shrink),
        final=load_forecaster(artefact.folder, shrink),
        until=record.gate_until,
    )
