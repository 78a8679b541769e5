"""A candidate: what training made and no version is yet. It has its version's name from the beginning."""

import hashlib
import shutil
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self

import joblib
from pydantic import BaseModel, ConfigDict, ValidationError

from model.artefact.folder import PENDING, remove_pending
from model.artefact.manifest import SAVED_MODEL, SCALER, DataRange
from model.contract.errors import TrainingError
from model.contract.version import version_name
from model.prices.series import PriceSeries

RECORD: Final = "training.json"
CUT: Final = "cut"  # the fit that the gate judges: below it, the same names as for the fit that is exported
UNTRAINED: Final = "untrained"
_PENDING_KEPT_SECONDS: Final = 24 * 3600


class TrainingRecord(BaseModel):
    """How a candidate was trained: what a later training, evaluation or export needs to know of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    created: datetime
    recipe: dict[str, Any]
    recipe_digest: str
    seed: int
    shrink: float
    best_epoch: int
    changed: bool
    former: str | None
    train_until: date
    validation_from: date
    validation_until: date
    gate_from: date
    gate_until: date
    history: tuple[tuple[int, float | None, float], ...]
    validation: dict[str, float]
    data: tuple[DataRange, ...]

    @classmethod
    def of(cls, trained: Any, series: list[PriceSeries], former: str | None, created: datetime) -> Self:
        """The record of a `model.training.train.TrainedModel`."""
        data = tuple(data_range(one) for one in series)
        identity = f"{trained.recipe.digest} {trained.seed} {former} {[part.digest for part in data]} {created}"
        split = trained.split
        return cls(
            version=version_name(created, hashlib.sha256(identity.encode()).hexdigest()),
            created=created,
            recipe=asdict(trained.recipe),
            recipe_digest=trained.recipe.digest,
            seed=trained.seed,
            shrink=trained.shrink,
            best_epoch=trained.best_epoch,
            changed=trained.changed,
            former=former,
            train_until=split.train_until,
            validation_from=split.validation_from,
            validation_until=split.validation_until,
            gate_from=split.gate_from,
            gate_until=split.gate_until,
            history=tuple((one.epoch, one.train, one.validation) for one in trained.history),
            validation=asdict(trained.validation),
            data=data,
        )

    def made_from(self, recipe_digest: str, seed: int, former: str | None, digests: list[str]) -> bool:
        """Whether training again from these would give the same."""
        return (self.recipe_digest, self.seed, self.former, [part.digest for part in self.data]) == (
            recipe_digest,
            seed,
            former,
            digests,
        )


def data_range(series: PriceSeries) -> DataRange:
    """A series as the manifest names it."""
    return DataRange(
        symbol=series.symbol,
        first=series.first,
        last=series.last,
        sessions=len(series),
        digest=series.digest,
        source=series.source,
        downloaded_at=series.downloaded_at,
    )


def candidate_folder(work: Path, model: str) -> Path:
    """Where the candidate of a model lies."""
    return work / model


def save_forecasters(folder: Path, final: Any, cut: Any) -> None:
    """Writes the fit to export and the fit to judge, as SavedModels with their scalers."""
    from model.training.saved_model import save

    for place, forecaster in ((folder, final), (folder / CUT, cut)):
        place.mkdir(parents=True, exist_ok=True)
        save(forecaster.network, place / SAVED_MODEL)
        joblib.dump(forecaster.scaler, place / SCALER)


def save_candidate(folder: Path, trained: Any, record: TrainingRecord) -> None:
    """Writes a candidate beside its place and puts it there once it is whole; the former candidate goes then.

    Raises:
        OSError, TrainingError: no space, no permission; the former candidate stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # What a training that was killed left behind.
    remove_pending(folder.parent, time.time() - _PENDING_KEPT_SECONDS)
    pending = Path(tempfile.mkdtemp(prefix=PENDING, dir=folder.parent))
    former = pending.with_name(f"{pending.name}-former")
    try:
        save_forecasters(pending, trained.final, trained.cut)
        (pending / RECORD).write_text(record.model_dump_json(indent=2))
        if folder.exists():
            folder.rename(former)
        pending.rename(folder)
    finally:
        if former.exists() and not folder.exists():
            former.rename(folder)
        for rest in (pending, former):
            shutil.rmtree(rest, ignore_errors=True)


def read_record(folder: Path) -> TrainingRecord:
    """The record of the candidate.

    Raises:
        TrainingError: there is no candidate, or an unreadable one.
    """
    try:
        return TrainingRecord.model_validate_json((folder / RECORD).read_bytes())
    except FileNotFoundError as error:
        raise TrainingError(f"{folder}: nothing is trained yet; run `nextclose train` first") from error
    except ValidationError as error:
        raise TrainingError(f"{folder / RECORD}: not a record of this release; run `nextclose train` again") from error


def load_forecaster(folder: Path, shrink: float) -> Any:
    """A forecaster that can be trained on, from a folder with a SavedModel and a scaler of our own making."""
    from model.training.predict import Forecaster
    from model.training.saved_model import load_network

    return Forecaster(load_network(folder / SAVED_MODEL), joblib.load(folder / SCALER), shrink)


def utc_now() -> datetime:
    """Now, in whole seconds: what a version's name can say."""
    return datetime.now(UTC).replace(microsecond=0)
