"""What can be wrong with a version folder: each changes one file or folder in it."""

import shutil
from pathlib import Path

import joblib
import numpy as np

from model.artefact.manifest import SAVED_MODEL, SCALER


def changed_after(folder: Path) -> None:
    """A byte more than was published."""
    (folder / SCALER).write_bytes((folder / SCALER).read_bytes() + b"\0")


def surplus(folder: Path) -> None:
    """A file that the manifest does not know."""
    (folder / "more.txt").write_text("more")


def missing(folder: Path) -> None:
    """A file less."""
    (folder / SCALER).unlink()


def no_manifest(folder: Path) -> None:
    """A manifest without its fields."""
    (folder / "manifest.json").write_text("{}")


def garbage_scaler(folder: Path) -> None:
    """A scaler that is no pickle."""
    (folder / SCALER).write_bytes(b"no pickle at all")


def another_object(folder: Path) -> None:
    """A pickle of something else."""
    joblib.dump({"mean": [0.0] * 3}, folder / SCALER)


def unfitted(folder: Path) -> None:
    """A scaler with scales that cannot be used."""
    scaler = joblib.load(folder / SCALER)
    scaler.scale_ = np.array([1.0, np.nan, 0.0])
    joblib.dump(scaler, folder / SCALER)


def garbage_network(folder: Path) -> None:
    """A network that is none."""
    (folder / SAVED_MODEL / "saved_model.pb").write_bytes(b"no network at all")


def no_weights(folder: Path) -> None:
    """A network without its weights."""
    shutil.rmtree(folder / SAVED_MODEL / "variables")
