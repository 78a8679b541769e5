"""Candidates: trained models that are not published yet. A candidate already has the name of its later version."""

import hashlib
import shutil
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import joblib
from pydantic import BaseModel, ConfigDict, ValidationError

from model.artefact.folder import PENDING, remove_pending
from model.artefact.manifest import SAVED_MODEL, SCALER, TrainingSeries
from model.contract.errors import TrainingError
from model.contract.version import version_name
from model.prices.series import PriceSeries

if TYPE_CHECKING:
    from model.training.predict import Forecaster
    from model.training.train import TrainedModel

RECORD: Final = "training.json"
CUT: Final = "cut"  # folder of the fit that the gate evaluates; its files are named like those of the exported fit
UNTRAINED: Final = "untrained"
_PENDING_KEPT_SECONDS: Final = 24 * 3600


class TrainingRecord(BaseModel):
    """How a candidate was trained, for later trainings, evaluations and the export."""

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
    data: tuple[TrainingSeries, ...]

    @classmethod
    def of(cls, trained: "TrainedModel", series: list[PriceSeries], former: str | None, created: datetime) -> Self:
        """Make the record of a `model.training.train.TrainedModel`."""
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
        """Whether training with these inputs would give the same candidate."""
        return (self.recipe_digest, self.seed, self.former, [part.digest for part in self.data]) == (
            recipe_digest,
            seed,
            former,
            digests,
        )


def data_range(series: PriceSeries) -> TrainingSeries:
    """Describe a series for the manifest."""
    return TrainingSeries(
        symbol=series.symbol,
        first=series.first,
        last=series.last,
        sessions=len(series),
        digest=series.digest,
        source=series.source,
        downloaded_at=series.downloaded_at,
    )


def candidate_folder(work: Path, model: str) -> Path:
    """The folder of a model's candidate."""
    return work / model


def save_forecasters(folder: Path, final: Any, cut: Any) -> None:
    """Write the fit to export and the fit to evaluate, as SavedModels with their scalers."""
    from model.training.saved_model import save

    for target, forecaster in ((folder, final), (folder / CUT, cut)):
        target.mkdir(parents=True, exist_ok=True)
        save(forecaster.network, target / SAVED_MODEL)
        joblib.dump(forecaster.scaler, target / SCALER)


def save_candidate(folder: Path, trained: "TrainedModel", record: TrainingRecord) -> None:
    """Write a candidate to a temporary folder, then replace the former candidate by it.

    Raises:
        OSError: No space or no permission; the former candidate is kept.
        TrainingError: The network cannot be saved; the former candidate is kept.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Left over from trainings that were killed.
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
        for leftover in (pending, former):
            shutil.rmtree(leftover, ignore_errors=True)


def read_record(folder: Path) -> TrainingRecord:
    """Read the record of a candidate.

    Raises:
        TrainingError: There is no candidate, or its record cannot be read.
    """
    try:
        return TrainingRecord.model_validate_json((folder / RECORD).read_bytes())
    except FileNotFoundError as error:
        raise TrainingError(f"{folder}: no candidate has been trained yet; run `nextclose train` first") from error
    except ValidationError as error:
        raise TrainingError(
            f"{folder / RECORD}: not a training record of this release; run `nextclose train` again"
        ) from error


def load_forecaster(folder: Path, shrink: float) -> "Forecaster":
    """Load a trainable forecaster from a folder that `save_forecasters` wrote.

    Unpickles the scaler, so the folder must be trusted.
    """
    from model.training.predict import Forecaster
    from model.training.saved_model import load_network

    return Forecaster(load_network(folder / SAVED_MODEL), joblib.load(folder / SCALER), shrink)


def utc_now() -> datetime:
    """The current time in whole seconds, the resolution of version names."""
    return datetime.now(UTC).replace(microsecond=0)
