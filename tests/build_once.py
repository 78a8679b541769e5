"""Results that take long to make, made by one pytest worker and used by all workers of the run."""

import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest
from filelock import FileLock

T = TypeVar("T")


def build_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], T]) -> T:
    """Return the result of `build`. Only the first worker that needs it calls `build`, once per run of pytest.

    Args:
        factory: Source of temporary folders.
        name: Unique name of the result.
        build: Receives an empty folder and returns a picklable result. Tests must not change the files in the folder.
    """
    base = factory.getbasetemp()
    # Each worker has its own folder in a folder of the run, whose name is unique.
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    result = common / f"{name}.pickle"
    with FileLock(common / f"{name}.lock"):
        if not result.exists():
            result.write_bytes(pickle.dumps(build(Path(tempfile.mkdtemp(prefix=f"{name}-", dir=common)))))
        return cast("T", pickle.loads(result.read_bytes()))  # noqa: S301 - written by another worker of this run
