"""Where prices, versions and candidates lie: room and rights on the disk, or an object store that answers."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from jobs.doctor.finding import Finding, Result
from jobs.settings import JobsSettings
from model.contract.errors import StorageError
from model.storage.files import Files, is_object_store

# A candidate and a version take half a megabyte each, beside the former ones; a disk with less than this is as good as
# full for whatever else writes to it.
ROOM: Final = 200_000_000


def place_checks(settings: JobsSettings, free: Callable[[Path], int] | None = None) -> Iterator[Finding]:
    """One check a place.

    Args:
        settings: where things lie.
        free: bytes left at a folder; None asks the operating system.
    """
    look = free or (lambda folder: shutil.disk_usage(folder).free)
    for name, variable, address in (
        ("store", "NEXTCLOSE_STORE", settings.store),
        ("models", "NEXTCLOSE_MODELS", settings.models),
        ("work", "NEXTCLOSE_WORK", str(settings.work)),
    ):
        if is_object_store(address):
            yield _objects(name, address)
        else:
            yield _folder(name, variable, Path(address), look)


def _objects(name: str, address: str) -> Finding:
    try:
        found = len(Files(address).names(""))
    except StorageError as error:
        return Finding(name, Result.FAILED, f"{address}: {error}", "docs/object-store.md says what it needs")
    return Finding(name, Result.OK, f"{address} answers, {found} entries")


def _folder(name: str, variable: str, folder: Path, free: Callable[[Path], int]) -> Finding:
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        left = free(there)
    except OSError as error:
        return Finding(name, Result.FAILED, f"{folder}: {error.strerror}", f"{variable} chooses another folder")
    if not there.is_dir():
        return Finding(name, Result.FAILED, f"{there} is no folder", f"{variable} chooses another folder")
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=True):
        return Finding(
            name,
            Result.FAILED,
            f"{there} cannot be written to",
            f"give this user the right to write there, or {variable} chooses another folder",
        )
    room = f"{folder}: {left / 1e9:.1f} GB left"
    if left < ROOM:
        return Finding(
            name,
            Result.FAILED,
            f"{room}, expected {ROOM / 1e9:g} GB",
            f"make room: `nextclose versions prune --keep 2` removes old versions; {variable} chooses another folder",
        )
    return Finding(name, Result.OK, room)
