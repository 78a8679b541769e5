"""The train step: train a candidate on stored prices."""

from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.pipeline.candidate import (
    CUT,
    TrainingRecord,
    candidate_folder,
    load_forecaster,
    read_record,
    save_candidate,
    utc_now,
)
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.folder import Artefact
from model.artefact.registry import CURRENT
from model.contract.errors import NoVersionError, TrainingError
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

# Called with the epoch, the number of epochs, and the validation loss (None in the fit on all data).
Progress = Callable[[int, int, float | None], None]


def train_candidate(
    settings: JobsSettings,
    symbols: Sequence[str],
    *,
    former: str | None = None,
    force: bool = True,
    progress: Progress | None = None,
) -> tuple[TrainingRecord, bool]:
    """Train on stored prices of the symbols, and save the result as the candidate.

    Args:
        settings: Location of the price store, of candidates and of the registry, and the seed.
        symbols: Symbols whose prices are pooled, in this order.
        former: Version to fine-tune, or `current`; None trains from the start.
        force: Whether to train even if the existing candidate has the same data, recipe, seed and former version.
        progress: Called after every epoch.

    Returns:
        The candidate's record, and whether this call trained it.

    Raises:
        UnknownSymbolError: The price store has no prices of a symbol.
        NotEnoughDataError: The price store has too few sessions.
        ArtefactError: The former version does not exist.
        OSError: The folder of candidates cannot be created.
    """
    if former == CURRENT:
        former = open_registry(settings.models, settings.model_name).current()
        if former is None:
            raise NoVersionError("no version is current yet, so there is nothing to fine-tune")
    store = PriceStore(settings.store)
    series = [store.read(symbol) for symbol in symbols]
    folder = candidate_folder(settings.work, settings.model_name)
    if not force:
        existing = _find_candidate(folder, settings, series, former)
        if existing is not None:
            return existing, False
    # A folder that cannot be created is reported before the training, not after it.
    folder.parent.mkdir(parents=True, exist_ok=True)
    return _train(settings, series, former, progress, folder), True


def _find_candidate(
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
    former_artefact = None if former is None else open_registry(settings.models, settings.model_name).open(former)
    # Imported here because the import takes seconds.
    from model.training.recipe import Recipe
    from model.training.train import train

    start = None if former_artefact is None else load_former(former_artefact)
    report = progress or (lambda _epoch, _total, _loss: None)
    trained = train(
        series,
        Recipe(),
        settings.seed,
        former=start,
        progress=lambda epoch, total, _train, validation: report(epoch, total, validation),
    )
    record = TrainingRecord.of(trained, series, former, utc_now())
    save_candidate(folder, trained, record)
    return record


def load_former(artefact: Artefact):  # type: ignore[no-untyped-def]
    """Load both fits of a verified version, to fine-tune them."""
    from model.training.train import BaseVersion

    shrink = float(artefact.manifest.shrink)
    record = TrainingRecord.model_validate(artefact.manifest.settings)
    return BaseVersion(
        cut=load_forecaster(artefact.folder / CUT, shrink),
        final=load_forecaster(artefact.folder, shrink),
        until=record.gate_until,
    )
