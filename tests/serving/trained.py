"""A real version, trained as a user would; and others made of it that answer differently."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from jobs.settings import JobsSettings
from model.artefact.folder import Artefact, publish
from model.artefact.golden import Golden
from model.artefact.local_registry import LocalRegistry
from model.artefact.manifest import GOLDEN, MANIFEST, ONNX, SAVED_MODEL, SCALER, FileEntry, Manifest
from model.contract.levels import MEDIAN
from model.contract.version import version_name
from model.prices.series import PriceSeries

f8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trained:
    """A version, where it lies and the prices that it was trained on."""

    artefact: Artefact
    series: PriceSeries
    settings: JobsSettings

    @property
    def models(self) -> Path:
        return Path(self.settings.models)

    @property
    def store(self) -> Path:
        return Path(self.settings.store)


def variant(
    source: Artefact,
    root: Path,
    number: int,
    *,
    scale: float = 1.0,
    change: Callable[[Path], None] = lambda _folder: None,
    **fields: Any,
) -> Artefact:
    """Publishes a copy of a version under a later name, its scaler another: the answers differ.

    Args:
        source: what is copied.
        root: of all models.
        number: seconds that the copy is younger.
        scale: factor on the scaler's scales.
        change: anything else done to the files before they are published.
        fields: of the manifest, other than the source's.
    """

    def fill(folder: Path) -> None:
        shutil.copytree(source.folder, folder, dirs_exist_ok=True)
        (folder / MANIFEST).unlink()
        scaler = joblib.load(source.folder / SCALER)
        scaler.scale_ = scaler.scale_ * scale
        joblib.dump(scaler, folder / SCALER)
        change(folder)

    def describe(files: dict[str, FileEntry]) -> Manifest:
        created = source.manifest.created + timedelta(seconds=number)
        name = version_name(created, files[SCALER].sha256)
        return source.manifest.model_copy(update={"version": name, "created": created, "files": files, **fields})

    return publish(LocalRegistry(root, source.manifest.model).folder, fill, describe)


def with_network(source: Artefact, root: Path, candidate: Path, closes: f8) -> Artefact:
    """Publishes a version with the network and scaler of a candidate, its median kept, as if it had passed the gate.

    The gate may have refused it; but the state before training, exported then, answers without regard to the features.

    Args:
        source: what the rest is taken from.
        root: of all models.
        candidate: folder of the trained network and its scaler.
        closes: float64 [n, 60], for the golden requests.
    """

    from model.training.onnx_graph import write_onnx

    def change(folder: Path) -> None:
        shutil.rmtree(folder / SAVED_MODEL)
        shutil.copytree(candidate / SAVED_MODEL, folder / SAVED_MODEL)
        shutil.copyfile(candidate / SCALER, folder / SCALER)
        write_onnx(_forecaster(folder, 1).network, folder / ONNX)
        quantiles = _offline(folder, 1, closes)
        golden = Golden(close=closes.tolist(), forecast=quantiles[:, MEDIAN].tolist(), quantiles=quantiles.tolist())
        (folder / GOLDEN).write_text(golden.model_dump_json())

    return variant(source, root, 1, change=change, state="trained", shrink=1)


def offline(artefact: Artefact, closes: f8) -> f8:
    """Quantiles as training and evaluation compute them: float64 [n, 60] -> float64 [n, 7], price units."""
    return _offline(artefact.folder, artefact.manifest.shrink, closes)


def _offline(folder: Path, shrink: int, closes: f8) -> f8:
    from model.training.predict import forecast

    return forecast(_forecaster(folder, shrink), closes)


@cache
def _forecaster(folder: Path, shrink: int) -> Any:
    from model.training.predict import Forecaster
    from model.training.saved_model import load_network

    return Forecaster(load_network(folder / SAVED_MODEL), joblib.load(folder / SCALER), float(shrink))
