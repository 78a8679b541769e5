"""Copies of versions from an object store, in a folder that lives as long as the process."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from model.artefact.folder import PENDING
from model.contract.errors import ArtefactError

_KEPT: Final = 5  # of one address: a process that serves for months meets many versions


@cache
def _folder() -> Path:
    # Of this process alone: what others could write into would have to be verified against the store again.
    folder = Path(tempfile.mkdtemp(prefix="nextclose-versions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def downloads(address: str) -> Path:
    """The folder for the versions at an address, by their names."""
    return _folder() / hashlib.sha256(address.encode()).hexdigest()[:16]


@contextmanager
def put_into_place(place: Path) -> Iterator[Path]:
    """A folder to write a version into, which becomes `place` when the block ends well; the oldest others go.

    Raises:
        ArtefactError: no space, no permission; nothing is left behind.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        pending = Path(tempfile.mkdtemp(prefix=PENDING, dir=place.parent))
    except OSError as error:
        raise ArtefactError(f"{place.parent}: cannot write a version: {error.strerror}") from error
    try:
        yield pending
        shutil.rmtree(place, ignore_errors=True)
        pending.rename(place)
    except OSError as error:
        raise ArtefactError(f"{place.parent}: cannot write a version: {error.strerror}") from error
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    for old in sorted(place.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
