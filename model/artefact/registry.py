"""The versions of a model on a local folder or a mounted volume, and the pointer to the one that is served."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.artefact.folder import Artefact, open_artefact, remove_pending
from model.artefact.manifest import MANIFEST
from model.contract.errors import ArtefactError, NoVersionError
from model.contract.version import is_version

CURRENT: Final = "current"
_PENDING_KEPT_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Registry:
    """Versions of one model under `<root>/<model>/`.

    Attributes:
        root: the folder of all models. model: the model's name.
    """

    root: Path
    model: str

    @property
    def folder(self) -> Path:
        """The model's folder."""
        return self.root / self.model

    def versions(self) -> list[str]:
        """Names of all published versions, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if is_version(path.name) and path.is_dir())

    def open(self, version: str) -> Artefact:
        """Verifies and opens a version.

        Raises:
            NoVersionError: there is no such version; the message names those that are there.
            CorruptArtefactError: it is not what was published.
        """
        if version not in self.versions():
            there = ", ".join(self.versions()) or "none yet"
            raise NoVersionError(f"{self.folder}: no version {version!r} (there: {there})")
        return open_artefact(self.folder / version)

    def current(self) -> str | None:
        """The version that the pointer names, None where there is no pointer yet."""
        return read_pointer(self.folder)

    def point(self, version: str) -> None:
        """Makes a version the current one, atomically; it is verified first.

        Raises:
            NoVersionError, CorruptArtefactError: as `open`. ArtefactError: the pointer cannot be written.
        """
        self.open(version)
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

    def prune(self, keep: int, protect: Iterable[str] = ()) -> list[str]:
        """Removes the oldest versions; the current one stays, however old, and counts as one of those kept.

        Args:
            keep: how many stay, at least one.
            protect: versions that stay too, however old; they count as kept.

        Returns:
            The names removed, oldest first.
        """
        there = self.versions()
        staying = {self.current(), *protect}
        candidates = [version for version in there if version not in staying]
        kept = max(max(keep, 1) - len(staying.intersection(there)), 0)
        removed = candidates[: max(len(candidates) - kept, 0)]
        try:
            for version in removed:
                # The manifest goes first: what is left of an interrupted removal is no version any more.
                (self.folder / version / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(self.folder / version)
            if self.folder.is_dir():
                remove_pending(self.folder, time.time() - _PENDING_KEPT_SECONDS)
        except OSError as error:
            raise ArtefactError(f"{self.folder}: cannot remove a version: {error.strerror}") from error
        return removed


def read_pointer(folder: Path) -> str | None:
    """The version that `<folder>/current` names, None where there is no pointer.

    Raises:
        ArtefactError: it cannot be read, or holds something else than a version's name.
    """
    try:
        version = (folder / CURRENT).read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{folder / CURRENT}: cannot be read: {error}") from error
    if not is_version(version):
        raise ArtefactError(f"{folder / CURRENT}: expected the name of a version, got {version[:60]!r}")
    return version


def served_folder(address: Path, model: str) -> Path:
    """The version folder that an address means: itself where it holds a manifest, else the one a pointer names.

    Args:
        address: a version folder, as a pod finds it mounted, or the folder of all models.
        model: the model whose `current` pointer counts.

    Raises:
        NoVersionError: neither is there yet.
        ArtefactError: the pointer cannot be read.
    """
    try:
        if (address / MANIFEST).is_file():
            return address
    except OSError as error:
        raise ArtefactError(f"{address}: cannot be read: {error.strerror}") from error
    version = read_pointer(address / model)
    if version is None:
        raise NoVersionError(f"{address}: no version to serve yet (no {MANIFEST} here and no {model}/{CURRENT})")
    return address / model / version
