"""Programs that are not Python packages: if one is missing, the test is skipped locally and fails in CI."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def require_program(name: str) -> Path:
    """Find the path of a program. Skip or fail the test if the program is not installed."""
    found = shutil.which(name)
    if found is None:
        not_installed(name)
    return Path(found)


def not_installed(name: str) -> NoReturn:
    """Skip the test, or fail it if CI is set, because all programs are installed there."""
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed")
