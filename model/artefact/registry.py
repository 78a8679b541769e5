"""Registry: the versions of a model and the pointer to the served version. The subclasses define the storage."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from model.artefact.folder import Artefact
from model.artefact.manifest import FileEntry, Manifest
from model.contract.errors import ArtefactError, NoVersionError
from model.contract.version import is_version

CURRENT: Final = "current"
PENDING_KEPT_SECONDS: Final = 24 * 3600  # age at which leftovers of interrupted exports are removed


class Registry(ABC):
    """Versions of one model under `<root>/<model>/`.

    Attributes:
        model: Name of the model.
    """

    model: str

    @property
    @abstractmethod
    def address(self) -> str:
        """Address of the model's versions, in the user's notation."""

    @abstractmethod
    def versions(self) -> list[str]:
        """List the names of all published versions, oldest first.

        Raises:
            ArtefactError: The versions cannot be listed.
        """

    @abstractmethod
    def publish(self, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]) -> Artefact:
        """Publish a version atomically: readers see all of it or nothing.

        Args:
            fill: Writes all files except the manifest into the given folder.
            describe: Creates the manifest from the files with their digests.

        Returns:
            The published version, verified.

        Raises:
            ArtefactError: The version cannot be written or already exists; no partial version becomes visible.
        """

    @abstractmethod
    def current(self) -> str | None:
        """The version that the pointer names; None if there is no pointer yet.

        Raises:
            ArtefactError: The pointer cannot be read, or does not contain the name of a version.
        """

    def open(self, version: str) -> Artefact:
        """Verify and open a version.

        Raises:
            NoVersionError: There is no such version. The message lists the available versions.
            CorruptArtefactError: The version was changed after publication.
            ArtefactError: The version cannot be read.
        """
        available = self.versions()
        if version not in available:
            shown = ", ".join(available) or "none yet"
            raise NoVersionError(f"{self.address}: no version {version!r} (available: {shown})")
        return self._open(version)

    def set_current(self, version: str) -> None:
        """Verify a version, then atomically make it the current one.

        Raises:
            NoVersionError: There is no such version.
            CorruptArtefactError: The version was changed after publication.
            ArtefactError: The version cannot be read, or the pointer cannot be written.
        """
        self.open(version)
        self._write_pointer(version)

    @abstractmethod
    def clear_current(self) -> None:
        """Remove the pointer, if there is one.

        Raises:
            ArtefactError: The pointer cannot be removed.
        """

    def prune(self, keep: int, protect: Iterable[str] = ()) -> list[str]:
        """Remove the oldest versions, but never the current one.

        Args:
            keep: Number of versions to keep, including the current one and `protect`; at least one.
            protect: Other versions that are never removed.

        Returns:
            Names of the removed versions, oldest first.

        Raises:
            ArtefactError: A version cannot be removed.
        """
        available = self.versions()
        protected = {self.current(), *protect}
        candidates = [version for version in available if version not in protected]
        kept = max(max(keep, 1) - len(protected.intersection(available)), 0)
        removed = candidates[: max(len(candidates) - kept, 0)]
        for version in removed:
            self._remove(version)
        self._remove_pending()
        return removed

    @abstractmethod
    def _open(self, version: str) -> Artefact:
        """Verify and open one of `versions`."""

    @abstractmethod
    def _write_pointer(self, version: str) -> None:
        """Replace the pointer atomically."""

    @abstractmethod
    def _remove(self, version: str) -> None:
        """Remove a version. The manifest is removed first, so an interrupted removal leaves no valid version."""

    @abstractmethod
    def _remove_pending(self) -> None:
        """Remove leftovers of interrupted exports that are older than `PENDING_KEPT_SECONDS`."""


def pointed_version(content: str, where: str) -> str:
    """Parse the content of a pointer.

    Raises:
        ArtefactError: The content is not the name of a version.
    """
    version = content.strip()
    if not is_version(version):
        raise ArtefactError(f"{where}: expected the name of a version, got {version[:60]!r}")
    return version
