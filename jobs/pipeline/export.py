"""The export step: publish a candidate that passed the gate as a version, and make it the current one."""

import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from jobs.pipeline.candidate import (
    CUT,
    UNTRAINED,
    TrainingRecord,
    candidate_folder,
    load_forecaster,
    read_record,
)
from jobs.pipeline.onnx_export import export_onnx
from jobs.pipeline.outcome import read_outcome
from jobs.settings import JobsSettings
from model.artefact.address import open_registry
from model.artefact.folder import Artefact
from model.artefact.golden import Golden
from model.artefact.manifest import GOLDEN, METRICS, REPORT, SAVED_MODEL, SCALER, FileEntry, Manifest
from model.artefact.registry import Registry
from model.contract.errors import TrainingError
from model.contract.levels import MEDIAN
from model.contract.window import sliding_windows
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.training.predict import Forecaster

_PACKAGES: Final = ("tensorflow-cpu", "tensorflow", "keras", "numpy", "scikit-learn", "joblib", "onnx", "onnxruntime")
_GOLDEN_WINDOWS: Final = 4


def export_candidate(settings: JobsSettings, *, make_current: bool = True) -> Artefact:
    """Publish the evaluated candidate as a version.

    Args:
        settings: Location of the candidate, of the price store and of the registry.
        make_current: Whether to move the `current` pointer to the version, so that local servers switch to it.

    Returns:
        The version. If the candidate has been published before, the existing version.

    Raises:
        TrainingError: There is no evaluated candidate, or the gate refused it.
        ArtefactError: The version cannot be written.
    """
    folder = candidate_folder(settings.work, settings.model_name)
    record = read_record(folder)
    state, shrink = read_outcome(folder, record)
    if state == "refused":
        raise TrainingError(f"candidate {record.version}: the gate refused it; for the reason see {folder / REPORT}")
    if state == "unchanged":
        raise TrainingError(f"candidate {record.version}: fine-tuning changed nothing, so there is no new version")
    registry = open_registry(settings.models, settings.model_name)
    if record.version in registry.versions():
        artefact = registry.open(record.version)
    else:
        artefact = _publish(settings, registry, folder, record, state, shrink)
    if make_current:
        registry.set_current(artefact.version)
    return artefact


def _publish(
    settings: JobsSettings, registry: Registry, folder: Path, record: TrainingRecord, state: str, shrink: float
) -> Artefact:
    networks = folder / UNTRAINED if state == "untrained" else folder
    metrics = orjson.loads((folder / METRICS).read_bytes())
    store = PriceStore(settings.store)
    series = [store.read(part.symbol) for part in record.data]
    forecaster = load_forecaster(networks, shrink)
    golden = _make_golden(forecaster, series[0])

    def fill(target: Path) -> None:
        for name in (SAVED_MODEL, SCALER, CUT):
            _copy(networks / name, target / name)
        export_onnx(target, forecaster, series)
        for name in (METRICS, REPORT):
            _copy(folder / name, target / name)
        (target / GOLDEN).write_text(golden.model_dump_json())

    def describe(files: dict[str, FileEntry]) -> Manifest:
        return Manifest(
            model=settings.model_name,
            version=record.version,
            created=record.created,
            state="untrained" if state == "untrained" else "trained",
            shrink=1 if shrink else 0,
            recipe=record.recipe,
            settings=record.model_dump(mode="json"),
            data=record.data,
            git_revision=_git_revision(),
            packages=_installed_packages(),
            metrics={"measures": metrics["measures"], "skill": metrics["skill"], "verdict": metrics["verdict"]},
            gate=metrics["gate"],
            former=record.former,
            files=files,
        )

    return registry.publish(fill, describe)


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder. Unlike `shutil.copytree`, stop at the first error and keep its `errno`."""
    if source.is_dir():
        target.mkdir(parents=True)
        for part in source.iterdir():
            _copy(part, target / part.name)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _make_golden(forecaster: "Forecaster", series: PriceSeries) -> Golden:
    from model.training.predict import forecast

    windows = sliding_windows(series.adjusted)
    rows = np.linspace(0, len(windows) - 1, _GOLDEN_WINDOWS).astype(int)
    closes = np.ascontiguousarray(windows[rows])
    quantiles = forecast(forecaster, closes)
    return Golden(close=closes.tolist(), forecast=quantiles[:, MEDIAN].tolist(), quantiles=quantiles.tolist())


def _git_revision() -> str | None:
    """Read the git revision of the checkout that this code runs from. None outside of a checkout, as in an image."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "-C", str(here), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _installed_packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # only one of the two TensorFlow distributions is installed
    return found
