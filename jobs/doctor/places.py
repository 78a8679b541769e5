"""Checks of the storage of prices, versions and candidates: free space and rights, or access to an object store."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from jobs.doctor.check_result import CheckResult, CheckStatus
from jobs.settings import JobsSettings
from model.contract.errors import StorageError
from model.storage.files import Files, is_object_store

# In bytes. A candidate and a version need only half a megabyte each, but other programs soon fill a disk with less.
MIN_FREE_BYTES: Final = 200_000_000


def storage_checks(settings: JobsSettings, free: Callable[[Path], int] | None = None) -> Iterator[CheckResult]:
    """Check the price store, the registry and the work folder.

    Args:
        settings: Location of each.
        free: Returns the free bytes at a folder; None asks the operating system.
    """
    free_bytes = free or (lambda folder: shutil.disk_usage(folder).free)
    for name, variable, address in (
        ("store", "NEXTCLOSE_STORE", settings.store),
        ("models", "NEXTCLOSE_MODELS", settings.models),
        ("work", "NEXTCLOSE_WORK", str(settings.work)),
    ):
        if is_object_store(address):
            yield _check_object_store(name, address)
        else:
            yield _check_folder(name, variable, Path(address), free_bytes)


def _check_object_store(name: str, address: str) -> CheckResult:
    try:
        found = len(Files(address).names(""))
    except StorageError as error:
        return CheckResult(
            name, CheckStatus.FAILED, f"{address}: {error}", "docs/object-store.md describes the required settings"
        )
    return CheckResult(name, CheckStatus.OK, f"{address} answers, {found} entries")


def _check_folder(name: str, variable: str, folder: Path, free: Callable[[Path], int]) -> CheckResult:
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        available = free(existing)
    except OSError as error:
        return CheckResult(name, CheckStatus.FAILED, f"{folder}: {error.strerror}", f"set {variable} to another folder")
    if not existing.is_dir():
        return CheckResult(
            name,
            CheckStatus.FAILED,
            f"{existing}: expected a folder, got something else",
            f"set {variable} to another folder",
        )
    if not os.access(existing, os.W_OK | os.X_OK, effective_ids=True):
        return CheckResult(
            name,
            CheckStatus.FAILED,
            f"{existing} cannot be written to",
            f"give this user the right to write there, or set {variable} to another folder",
        )
    space = f"{folder}: {available / 1e9:.1f} GB free"
    if available < MIN_FREE_BYTES:
        return CheckResult(
            name,
            CheckStatus.FAILED,
            f"{space}, expected {MIN_FREE_BYTES / 1e9:g} GB",
            f"remove old versions (`nextclose versions prune --keep 2`), or set {variable} to another folder",
        )
    return CheckResult(name, CheckStatus.OK, space)
