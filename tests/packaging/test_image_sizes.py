"""The check of image sizes, with a fake `docker`."""

import os
import subprocess
from pathlib import Path

import pytest

import model
from tests.packaging.conftest import ROOT
from tests.packaging.image_sizes import megabytes

SIZES = {"predictor": "1.23 GB", "transformer": "425 MB", "jobs": "1.6GB", "dashboard": "500 MB"}


def check(folder: Path, sizes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `make images-check` with a script as `docker`, which prints nothing for a missing image."""
    lines = [f'*nextclose/{role}:{model.__version__}) echo "{size}" ;;' for role, size in sizes.items()]
    docker = folder / "docker"
    docker.write_text("\n".join(["#!/bin/sh", 'case "$4" in', *lines, "esac"]))
    docker.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    command = ["make", "--silent", "--no-print-directory", "images-check"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_sizes_within_the_limits_are_printed(tmp_path: Path) -> None:
    done = check(tmp_path, SIZES)
    assert done.returncode == 0, done.stderr
    assert f"docker.io/nextclose/transformer:{model.__version__}  425 MB, at most 450" in done.stdout
    assert f"docker.io/nextclose/jobs:{model.__version__}  1600 MB, at most 1800" in done.stdout


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (SIZES | {"transformer": "451 MB"}, "expected at most 450 MB, got 451"),
        (SIZES | {"predictor": "1.61 GB"}, "expected at most 1600 MB, got 1610"),
        ({role: SIZES[role] for role in ("predictor", "jobs", "dashboard")}, "run `make images`"),
    ],
)
def test_large_or_missing_image_is_an_error(tmp_path: Path, sizes: dict[str, str], message: str) -> None:
    done = check(tmp_path, sizes)
    assert done.returncode != 0
    assert message in done.stderr


def test_lister_is_configurable() -> None:
    done = subprocess.run(
        ["make", "--silent", "images-check", "LISTER=false"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.count("run `make images`") == 4


@pytest.mark.parametrize(("shown", "expected"), [("425 MB", 425), ("1.36GB", 1360), ("686 KB", 0.686), ("12B", 12e-6)])
def test_sizes_of_docker_and_buildah_are_parsed(shown: str, expected: float) -> None:
    assert megabytes(shown) == pytest.approx(expected)


def test_invalid_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a size such as 425 MB, got 'N/A'"):
        megabytes("N/A")
