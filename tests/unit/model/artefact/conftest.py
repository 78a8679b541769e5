"""Small version folders with real files and a real scaler, but without a network."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import joblib
import numpy as np
import pytest

from model.artefact.folder import Artefact, publish
from model.artefact.manifest import FileEntry, Manifest, TrainingSeries
from model.contract.features import fit_scaler
from model.contract.version import version_name

Publisher = Callable[..., Artefact]


def make_manifest(files: dict[str, FileEntry], created: datetime, digest: str = "1a2b3c4d") -> Manifest:
    return Manifest(
        model="nextclose",
        version=version_name(created, digest),
        created=created,
        state="trained",
        shrink=1,
        recipe={},
        settings={},
        data=(
            TrainingSeries(
                symbol="PETR4.SA",
                first=date(2018, 1, 2),
                last=date(2024, 12, 30),
                sessions=1737,
                digest="0" * 64,
                source="csv",
                downloaded_at=created,
            ),
        ),
        git_revision=None,
        packages={},
        metrics={},
        files=files,
    )


def fill_version(folder: Path) -> None:
    """Write a scaler and a placeholder for a network."""
    features = np.random.default_rng(1).normal(size=(4, 59, 3)).astype(np.float32)
    joblib.dump(fit_scaler(features), folder / "scaler.joblib")
    (folder / "saved_model").mkdir()
    (folder / "saved_model" / "saved_model.pb").write_bytes(b"network")


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    """Function that publishes a version in tmp_path/nextclose, one second later for each call."""
    count = 0

    def make(digest: str = "1a2b3c4d") -> Artefact:
        nonlocal count
        count += 1
        created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=count)

        return publish(tmp_path / "nextclose", fill_version, lambda files: make_manifest(files, created, digest))

    return make
