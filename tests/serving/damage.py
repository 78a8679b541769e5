"""Damage to version folders: each function changes one file or folder."""

import shutil
from pathlib import Path

import joblib
import numpy as np

from model.artefact.manifest import SAVED_MODEL, SCALER


def append_to_scaler(folder: Path) -> None:
    """Append a byte to a published file."""
    (folder / SCALER).write_bytes((folder / SCALER).read_bytes() + b"\0")


def add_file(folder: Path) -> None:
    """Add a file that is not in the manifest."""
    (folder / "more.txt").write_text("more")


def delete_scaler(folder: Path) -> None:
    """Delete a file of the manifest."""
    (folder / SCALER).unlink()


def empty_manifest(folder: Path) -> None:
    """Delete all fields of the manifest."""
    (folder / "manifest.json").write_text("{}")


def write_garbage_as_scaler(folder: Path) -> None:
    """Replace the scaler by a file that is not a pickle."""
    (folder / SCALER).write_bytes(b"not a pickle")


def write_dict_as_scaler(folder: Path) -> None:
    """Replace the scaler by a pickled dictionary."""
    joblib.dump({"mean": [0.0] * 3}, folder / SCALER)


def write_invalid_scales(folder: Path) -> None:
    """Set invalid scales in the scaler."""
    scaler = joblib.load(folder / SCALER)
    scaler.scale_ = np.array([1.0, np.nan, 0.0])
    joblib.dump(scaler, folder / SCALER)


def write_garbage_as_network(folder: Path) -> None:
    """Replace the network by a file that is not a network."""
    (folder / SAVED_MODEL / "saved_model.pb").write_bytes(b"not a network")


def delete_weights(folder: Path) -> None:
    """Delete the weights of the network."""
    shutil.rmtree(folder / SAVED_MODEL / "variables")
