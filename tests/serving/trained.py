"""A trained version, and variants of it with different forecasts."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import joblib

from jobs.settings import JobsSettings
from model.artefact.folder import Artefact, publish
from model.artefact.golden import Golden
from model.artefact.local_registry import LocalRegistry
from model.artefact.manifest import GOLDEN, MANIFEST, ONNX, SAVED_MODEL, SCALER, FileEntry, Manifest
from model.contract.arrays import f8
from model.contract.levels import MEDIAN
from model.contract.version import version_name
from model.prices.series import PriceSeries


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained version.

    Attributes:
        artefact: Its version folder.
        series: The prices that it was trained on.
        settings: Settings of the jobs, with the addresses of models and price store.
    """

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
    """Publish a copy of a version with a later name and, if `scale` is not 1, different forecasts.

    Args:
        source: Version to copy.
        root: Folder of all models.
        number: Seconds to add to the time of export.
        scale: Factor for the scales of the scaler.
        change: Changes the files before they are published.
        fields: Fields of the manifest to replace.
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
    """Publish a version with the network and scaler of a candidate, as if the gate had accepted it.

    If the gate refused the candidate, the exported fallback network ignores its features and cannot be used in tests.

    Args:
        source: Version to copy the other files from.
        root: Folder of all models.
        candidate: Folder of the trained network and its scaler.
        closes: Float64 [n, 60], windows of the golden requests.
    """

    from model.training.onnx_graph import write_onnx

    def change(folder: Path) -> None:
        shutil.rmtree(folder / SAVED_MODEL)
        shutil.copytree(candidate / SAVED_MODEL, folder / SAVED_MODEL)
        shutil.copyfile(candidate / SCALER, folder / SCALER)
        write_onnx(_forecaster(folder, 1).network, folder / ONNX)
        quantiles = _forecast(folder, 1, closes)
        golden = Golden(close=closes.tolist(), forecast=quantiles[:, MEDIAN].tolist(), quantiles=quantiles.tolist())
        (folder / GOLDEN).write_text(golden.model_dump_json())

    return variant(source, root, 1, change=change, state="trained", shrink=1)


def offline(artefact: Artefact, closes: f8) -> f8:
    """Compute quantiles like training and evaluation do.

    Args:
        artefact: The version.
        closes: Float64 [n, 60], in price units.

    Returns:
        Float64 [n, 7], in price units.
    """
    return _forecast(artefact.folder, artefact.manifest.shrink, closes)


def _forecast(folder: Path, shrink: int, closes: f8) -> f8:
    from model.training.predict import forecast

    return forecast(_forecaster(folder, shrink), closes)


@cache
def _forecaster(folder: Path, shrink: int) -> Any:
    from model.training.predict import Forecaster
    from model.training.saved_model import load_network

    return Forecaster(load_network(folder / SAVED_MODEL), joblib.load(folder / SCALER), float(shrink))
