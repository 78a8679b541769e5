"""Folders that are made once in a test run, although each worker of pytest-xdist has its own session fixtures."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, worker: str, name: str, make: Callable[[Path], None]) -> Path:
    """Return a copy, for this worker, of a folder that only the first worker makes; the others wait for it.

    Args:
        factory: The factory of temporary folders.
        worker: Name of the worker, or "master" if there is only one.
        name: Name of the folder.
        make: Makes the content of an empty folder.
    """
    own = factory.mktemp(name)
    if worker == "master":
        make(own)
        return own
    common = factory.getbasetemp().parent / f"{name}-of-all-workers"
    made = common / "made"
    with FileLock(f"{common}.lock"):
        if not made.exists():
            shutil.rmtree(common, ignore_errors=True)
            content = common / "content"
            content.mkdir(parents=True)
            make(content)
            made.touch()
    shutil.copytree(common / "content", own, dirs_exist_ok=True)
    return own
