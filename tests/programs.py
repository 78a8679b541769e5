"""Programs that are not Python packages: a test that needs one is skipped by name, and fails in CI."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def require_program(name: str) -> Path:
    """Where a program lies; the test ends where it is not installed."""
    found = shutil.which(name)
    if found is None:
        not_installed(name)
    return Path(found)


def not_installed(name: str) -> NoReturn:
    """Ends the test: skipped by the program's name, failed where CI is set, as everything is installed there."""
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed")
