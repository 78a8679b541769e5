"""The wheel, and environments that hold the requirements of one role and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import not_installed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built without a network from what the checkout holds."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def _uv() -> Path:
    beside = ROOT / ".tools" / "bin" / "uv"
    for place in (os.environ.get("UV"), shutil.which("uv"), str(beside) if beside.exists() else None):
        if place and (found := shutil.which(place)):
            return Path(found)
    return not_installed("uv")


def _python(wheel: Path, folder: Path, role: str) -> Path:
    """The interpreter of an environment made from a role's lock, with the wheel installed."""
    uv, python = str(_uv()), folder / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [*install, "--require-hashes", "-r", str(ROOT / "requirements" / f"{role}.txt")],
        [*install, "--no-deps", "--no-index", str(wheel)],
    ):
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return python


@pytest.fixture(scope="session")
def transformer_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the transformer."""
    return _python(wheel, tmp_path_factory.mktemp("environment") / "venv", "transformer")


@pytest.fixture(scope="session")
def dashboard_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the dashboard."""
    return _python(wheel, tmp_path_factory.mktemp("dashboard") / "venv", "dashboard")
