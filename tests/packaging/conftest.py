"""Fixtures: the wheel, and virtual environments with the requirements of one role."""

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
    """Build the wheel of the project from the checkout, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def _uv() -> Path:
    local = ROOT / ".tools" / "bin" / "uv"
    for candidate in (os.environ.get("UV"), shutil.which("uv"), str(local) if local.exists() else None):
        if candidate and (found := shutil.which(candidate)):
            return Path(found)
    return not_installed("uv")


def _python(wheel: Path, folder: Path, role: str) -> Path:
    """Create an environment from the lock file of a role, and install the wheel; return its interpreter."""
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
    """Interpreter of the transformer's environment."""
    return _python(wheel, tmp_path_factory.mktemp("environment") / "venv", "transformer")


@pytest.fixture(scope="session")
def dashboard_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of the dashboard's environment."""
    return _python(wheel, tmp_path_factory.mktemp("dashboard") / "venv", "dashboard")
