"""One version folder: verified as a whole before anything in it is used, published atomically, never changed after."""

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

PENDING: Final = ".pending-"  # begins the name of a folder that is still written


@dataclass(frozen=True, slots=True)
class Artefact:
    """A version folder whose every file had the digest that its manifest names.

    Attributes:
        folder: where it lies. manifest: its manifest. digest: SHA-256 of the manifest, which covers all files.
    """

    folder: Path
    manifest: Manifest
    digest: str

    @property
    def version(self) -> str:
        """The version's name."""
        return self.manifest.version

    def read(self, name: str) -> bytes:
        """The content of a file, checked again: what is unpickled is what was verified.

        Raises:
            CorruptArtefactError: the file is not listed, gone or changed.
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
    """Verifies a version folder.

    Raises:
        NoVersionError: there is no folder, or no manifest in it.
        CorruptArtefactError: a file is missing, changed, surplus or no plain file; named.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoVersionError(f"{folder}: no version here ({MANIFEST} is missing)") from error
    except OSError as error:
        raise ArtefactError(f"{folder / MANIFEST}: cannot be read: {error.strerror}") from error
    manifest = Manifest.parse(raw, f"{folder.name}/{MANIFEST}")
    found = _files(folder)
    found.pop(MANIFEST, None)
    for name in sorted(manifest.files.keys() - found.keys()):
        raise CorruptArtefactError(f"version {manifest.version}: {name} is missing")
    for name in sorted(found.keys() - manifest.files.keys()):
        raise CorruptArtefactError(f"version {manifest.version}: {name} is surplus, its manifest does not know it")
    for name, entry in sorted(manifest.files.items()):
        if file_entry(found[name]) != entry:
            raise CorruptArtefactError(f"version {manifest.version}: {name} was changed after it was published")
    return Artefact(folder, manifest, hashlib.sha256(raw).hexdigest())


def file_entry(path: Path) -> FileEntry:
    """Digest and size of a file.

    Raises:
        ArtefactError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return FileEntry(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=path.stat().st_size)
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}") from error


def _files(folder: Path) -> dict[str, Path]:
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
    """Writes a version folder beside its place and renames it there: readers see all of it or nothing.

    Args:
        parent: the model's folder, `<root>/<model>`; created when missing.
        fill: writes every file but the manifest into the folder that it is given.
        describe: makes the manifest, once the files and their digests are known.

    Returns:
        The published version, verified.

    Raises:
        ArtefactError: no space, no permission, or the version exists already; nothing is left behind.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        pending = Path(tempfile.mkdtemp(prefix=PENDING, dir=parent))
    except OSError as error:
        raise ArtefactError(f"{parent}: cannot write a version: {error.strerror}") from error
    try:
        fill(pending)
        manifest = describe({name: file_entry(path) for name, path in sorted(_files(pending).items())})
        (pending / MANIFEST).write_bytes(manifest.dump())
        _open_to_readers(pending)
        target = parent / manifest.version
        if target.exists():
            raise ArtefactError(f"version {manifest.version} exists already")
        pending.rename(target)
        _sync(parent)
    except OSError as error:
        raise ArtefactError(f"{parent}: cannot write a version: {error.strerror}") from error
    finally:
        # After the rename there is nothing left to remove.
        shutil.rmtree(pending, ignore_errors=True)
    return open_artefact(target)


def remove_pending(parent: Path, older_than: float) -> list[str]:
    """Removes what exports that were cut short left behind; `older_than` is a time as `Path.stat().st_mtime`."""
    removed = []
    for path in parent.glob(f"{PENDING}*"):
        with suppress(OSError):
            if path.stat().st_mtime < older_than:
                shutil.rmtree(path)
                removed.append(path.name)
    return removed


def _open_to_readers(folder: Path) -> None:
    # mkdtemp makes folders for the owner alone; pods of another user read this volume. Files reach the disk first.
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
