"""Local copies of versions from an object store, in a temporary folder that is removed when the process exits."""

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

_MAX_COPIES: Final = 5  # per address: a process that runs for months downloads many versions


@cache
def _process_folder() -> Path:
    # Private to this process: copies in a shared folder would have to be verified against the store again.
    folder = Path(tempfile.mkdtemp(prefix="nextclose-versions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def download_folder(address: str) -> Path:
    """The local folder for versions from an address; it contains one folder per version."""
    return _process_folder() / hashlib.sha256(address.encode()).hexdigest()[:16]


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Provide a folder to write a version into, and rename it to `target` if the block succeeds.

    Afterwards only the newest copies are kept.

    Raises:
        ArtefactError: No space or no permission; no partial copy is left.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pending = Path(tempfile.mkdtemp(prefix=PENDING, dir=target.parent))
    except OSError as error:
        raise ArtefactError(f"{target.parent}: cannot write a version: {error.strerror}") from error
    try:
        yield pending
        shutil.rmtree(target, ignore_errors=True)
        pending.rename(target)
    except OSError as error:
        raise ArtefactError(f"{target.parent}: cannot write a version: {error.strerror}") from error
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    for old in sorted(target.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-_MAX_COPIES]:
        shutil.rmtree(old, ignore_errors=True)
