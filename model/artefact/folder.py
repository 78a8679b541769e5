"""Version folders: published atomically, never changed afterwards, and verified completely before any file is used."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.artefact.manifest import MANIFEST, FileEntry, Manifest
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError

PENDING: Final = ".pending-"  # prefix of folders that are still being written


@dataclass(frozen=True, slots=True)
class Artefact:
    """A version folder in which all files matched the digests in the manifest.

    Attributes:
        folder: Path of the folder.
        manifest: Manifest of the version.
        digest: SHA-256 of the manifest, which covers all files.
    """

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def version(self) -> str:
        """Name of the version."""
        return self.manifest.version

    def read(self, name: str) -> bytes:
        """Read a file and verify its digest again, so that only verified bytes are unpickled.

        Raises:
            CorruptArtefactError: The file is not in the manifest, missing or changed.
        """
        entry = self.manifest.files.get(name)
        if entry is None:
            raise CorruptArtefactError(f"version {self.version}: {name} is not in its manifest")
        try:
            raw = (self.folder / name).read_bytes()
        except OSError as error:
            raise CorruptArtefactError(f"version {self.version}: {name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(raw).hexdigest() != entry.sha256:
            raise CorruptArtefactError(f"version {self.version}: {name} was changed after it was published")
        return raw


def open_artefact(folder: Path) -> Artefact:
    """Verify and open a version folder.

    Raises:
        NoVersionError: The folder or its manifest does not exist.
        CorruptArtefactError: A file is missing, changed, not in the manifest, or not a regular file. The message names
            it.
        ArtefactError: A file cannot be read.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoVersionError(f"{folder}: no version here ({MANIFEST} is missing)") from error
    except OSError as error:
        raise ArtefactError(f"{folder / MANIFEST}: cannot be read: {error.strerror}") from error
    manifest = Manifest.parse(raw, f"{folder.name}/{MANIFEST}")
    found = _list_files(folder)
    found.pop(MANIFEST, None)
    for name in sorted(manifest.files.keys() - found.keys()):
        raise CorruptArtefactError(f"version {manifest.version}: {name} is missing")
    for name in sorted(found.keys() - manifest.files.keys()):
        raise CorruptArtefactError(f"version {manifest.version}: {name} is surplus: not listed in the manifest")
    for name, entry in sorted(manifest.files.items()):
        if file_entry(found[name]) != entry:
            raise CorruptArtefactError(f"version {manifest.version}: {name} was changed after it was published")
    return Artefact(folder, manifest, hashlib.sha256(raw).hexdigest())


def file_entry(path: Path) -> FileEntry:
    """Compute digest and size of a file.

    Raises:
        ArtefactError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return FileEntry(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=path.stat().st_size)
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}") from error


def _list_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for parent, folders, names in os.walk(folder, followlinks=False):
        for name in (*names, *folders):
            path = Path(parent, name)
            try:
                mode = path.lstat().st_mode
            except OSError as error:
                raise ArtefactError(f"{path}: cannot be read: {error.strerror}") from error
            relative = path.relative_to(folder).as_posix()
            if stat.S_ISREG(mode):
                found[relative] = path
            elif not stat.S_ISDIR(mode):
                raise CorruptArtefactError(f"{folder.name}: {relative} is neither a file nor a folder")
    return found


def publish(
    parent: Path, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]
) -> Artefact:
    """Publish a version folder atomically: write it under a temporary name, then rename it.

    Args:
        parent: Folder of the model, `<root>/<model>`; created if missing.
        fill: Writes all files except the manifest into the given folder.
        describe: Creates the manifest from the files with their digests.

    Returns:
        The published version, verified.

    Raises:
        ArtefactError: No space, no permission, or the version already exists; no partial version is left.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        pending = Path(tempfile.mkdtemp(prefix=PENDING, dir=parent))
    except OSError as error:
        raise ArtefactError(f"{parent}: cannot write a version: {error.strerror}") from error
    try:
        fill(pending)
        manifest = describe({name: file_entry(path) for name, path in sorted(_list_files(pending).items())})
        (pending / MANIFEST).write_bytes(manifest.to_json())
        _make_readable(pending)
        target = parent / manifest.version
        if target.exists():
            raise ArtefactError(f"version {manifest.version} exists already")
        pending.rename(target)
        _sync(parent)
    except OSError as error:
        raise ArtefactError(f"{parent}: cannot write a version: {error.strerror}") from error
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    return open_artefact(target)


def remove_pending(parent: Path, older_than: float) -> list[str]:
    """Remove leftovers of interrupted exports.

    Args:
        parent: Folder of the model.
        older_than: Time as in `Path.stat().st_mtime`; newer leftovers are kept.

    Returns:
        Names of the removed folders.
    """
    removed = []
    for path in parent.glob(f"{PENDING}*"):
        with suppress(OSError):
            if path.stat().st_mtime < older_than:
                shutil.rmtree(path)
                removed.append(path.name)
    return removed


def _make_readable(folder: Path) -> None:
    # mkdtemp allows access by the owner only, but pods of another user read this volume. The files are flushed to the
    # disk here, before the rename.
    folder.chmod(0o755)
    for parent, folders, names in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in names:
            path = Path(parent, name)
            path.chmod(0o644)
            _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
