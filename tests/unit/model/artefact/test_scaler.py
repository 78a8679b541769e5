"""The scaler of a version: real scalers are loaded, other content is refused with the name of the file."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from model.artefact.folder import Artefact, publish
from model.artefact.scaler import load_scaling
from model.contract.errors import CorruptArtefactError
from tests.unit.model.artefact.conftest import make_manifest


def _published(parent: Path, write: Callable[[Path], Any]) -> Artefact:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return publish(parent, lambda folder: write(folder / "scaler.joblib"), lambda files: make_manifest(files, created))


def _fitted(**changed: Any) -> StandardScaler:
    scaler = StandardScaler().fit(np.random.default_rng(1).normal(2, 3, (50, 3)))
    for name, value in changed.items():
        setattr(scaler, name, np.array(value))
    return scaler


def test_means_and_scales_are_loaded(tmp_path: Path) -> None:
    scaler = _fitted()
    artefact = _published(tmp_path, lambda path: joblib.dump(scaler, path))
    scaling = load_scaling(artefact)
    np.testing.assert_array_equal(scaling.mean, scaler.mean_.astype(np.float32))
    np.testing.assert_array_equal(scaling.scale, scaler.scale_.astype(np.float32))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"mean": 1}, "scaler.joblib: expected a StandardScaler, got dict"),
        (StandardScaler(), "expected a StandardScaler fitted on 3 features"),
        (_fitted(mean_=[0, 0, 0]), "expected a StandardScaler fitted on 3 features"),
        (_fitted(mean_=["a", "b", "c"]), "expected a StandardScaler fitted on 3 features"),
        (_fitted(mean_=[0.0, 0.0]), "expected a StandardScaler fitted on 3 features"),
        (_fitted(mean_=[0.0, np.nan, 0.0]), "expected finite means and scales above zero"),
        (_fitted(scale_=[1.0, 0.0, 1.0]), "expected finite means and scales above zero"),
        (_fitted(scale_=[1.0, np.inf, 1.0]), "expected finite means and scales above zero"),
    ],
)
def test_unusable_scalers_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    artefact = _published(tmp_path, lambda path: joblib.dump(content, path))
    with pytest.raises(CorruptArtefactError, match=message):
        load_scaling(artefact)


@pytest.mark.parametrize("content", [b"", b"no pickle at all", b"\x80\x04.", b"\x80\x05cno.such.module\nThing\n."])
def test_invalid_pickles_are_refused(tmp_path: Path, content: bytes) -> None:
    artefact = _published(tmp_path, lambda path: path.write_bytes(content))
    with pytest.raises(CorruptArtefactError, match=r"scaler\.joblib cannot be unpickled: "):
        load_scaling(artefact)


class CodeInPickle:
    """An object whose pickle would create a folder when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def test_loading_executes_no_code(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    artefact = _published(tmp_path / "models", lambda path: joblib.dump(CodeInPickle(marker), path))
    with pytest.raises(CorruptArtefactError, match=r"scaler\.joblib cannot be unpickled: .* got posix\.mkdir"):
        load_scaling(artefact)
    assert not marker.exists()


def test_loading_executes_no_code_in_object_arrays(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    scaler = _fitted()
    scaler.mean_ = np.array([CodeInPickle(marker)] * 3, dtype=object)
    artefact = _published(tmp_path / "models", lambda path: joblib.dump(scaler, path))
    with pytest.raises(CorruptArtefactError, match=r"scaler\.joblib cannot be unpickled: "):
        load_scaling(artefact)
    assert not marker.exists()


def test_means_in_a_list_are_refused(tmp_path: Path) -> None:
    scaler = _fitted()
    scaler.mean_ = [0.0, 0.0, 0.0]
    artefact = _published(tmp_path, lambda path: joblib.dump(scaler, path))
    with pytest.raises(CorruptArtefactError, match="expected a StandardScaler fitted on 3 features"):
        load_scaling(artefact)


def test_loading_does_not_import_scikit_learn() -> None:
    script = "import sys, model.artefact.scaler, model.contract.features; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
