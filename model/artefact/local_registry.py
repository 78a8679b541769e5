"""Registry in a local folder or on a mounted volume."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.artefact.folder import Artefact, open_artefact, publish, remove_pending
from model.artefact.manifest import MANIFEST, FileEntry, Manifest
from model.artefact.registry import CURRENT, PENDING_KEPT_SECONDS, Registry, pointed_version
from model.contract.errors import ArtefactError, NoVersionError
from model.contract.version import is_version


@dataclass(frozen=True, slots=True)
class LocalRegistry(Registry):
    """Versions of one model under `<root>/<model>/`.

    Attributes:
        root: Folder of all models.
        model: Name of the model.
    """

    root: Path
    model: str

    @property
    def folder(self) -> Path:
        """Folder of the model."""
        return self.root / self.model

    @property
    def address(self) -> str:
        """Path of the model's folder."""
        return str(self.folder)

    def versions(self) -> list[str]:
        """List the names of the version folders, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if is_version(path.name) and path.is_dir())

    def publish(self, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]) -> Artefact:
        """Write the version under a temporary name, then rename it."""
        return publish(self.folder, fill, describe)

    def current(self) -> str | None:
        """Read the pointer file."""
        return _read_pointer(self.folder)

    def clear_current(self) -> None:
        """Remove the pointer file."""
        try:
            (self.folder / CURRENT).unlink(missing_ok=True)
        except OSError as error:
            raise ArtefactError(f"{self.folder / CURRENT}: cannot be removed: {error.strerror}") from error

    def _open(self, version: str) -> Artefact:
        return open_artefact(self.folder / version)

    def _write_pointer(self, version: str) -> None:
        try:
            descriptor, name = tempfile.mkstemp(prefix=".current-", dir=self.folder)
            with os.fdopen(descriptor, "w") as file:
                file.write(version + "\n")
                file.flush()
                os.fsync(descriptor)
            Path(name).chmod(0o644)
            Path(name).replace(self.folder / CURRENT)
        except OSError as error:
            raise ArtefactError(f"{self.folder / CURRENT}: cannot be written: {error.strerror}") from error

    def _remove(self, version: str) -> None:
        try:
            (self.folder / version / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(self.folder / version)
        except OSError as error:
            raise ArtefactError(f"{self.folder}: cannot remove a version: {error.strerror}") from error

    def _remove_pending(self) -> None:
        if self.folder.is_dir():
            remove_pending(self.folder, time.time() - PENDING_KEPT_SECONDS)


def _read_pointer(folder: Path) -> str | None:
    try:
        content = (folder / CURRENT).read_text()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{folder / CURRENT}: cannot be read: {error}") from error
    return pointed_version(content, str(folder / CURRENT))


def served_folder(address: Path, model: str) -> Path:
    """Find the served version folder: the address itself if it contains a manifest, otherwise the pointer's version.

    Args:
        address: A version folder mounted into a pod, or the folder of all models.
        model: Name of the model whose `current` pointer is read.

    Raises:
        NoVersionError: The address contains neither a manifest nor a pointer yet.
        ArtefactError: The pointer cannot be read.
    """
    try:
        if (address / MANIFEST).is_file():
            return address
    except OSError as error:
        raise ArtefactError(f"{address}: cannot be read: {error.strerror}") from error
    version = _read_pointer(address / model)
    if version is None:
        raise NoVersionError(f"{address}: no version to serve yet (no {MANIFEST} here and no {model}/{CURRENT})")
    return address / model / version
