"""The versions of a model, and the pointer to the one that is served; where they lie is left to the two kinds."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from model.artefact.folder import Artefact
from model.artefact.manifest import FileEntry, Manifest
from model.contract.errors import ArtefactError, NoVersionError
from model.contract.version import is_version

CURRENT: Final = "current"
PENDING_KEPT_SECONDS: Final = 24 * 3600  # what an interrupted export left is removed after that


class Registry(ABC):
    """Versions of one model under `<root>/<model>/`.

    Attributes:
        model: the model's name.
    """

    model: str

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the versions lie, as a user writes it."""

    @abstractmethod
    def versions(self) -> list[str]:
        """Names of all published versions, oldest first.

        Raises:
            ArtefactError: they cannot be listed.
        """

    @abstractmethod
    def publish(self, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]) -> Artefact:
        """Publishes a version: readers see all of it or nothing.

        Args:
            fill: writes every file but the manifest into the folder that it is given.
            describe: makes the manifest, once the files and their digests are known.

        Returns:
            The version, verified as it was published.

        Raises:
            ArtefactError: it cannot be written, or exists already; nothing that counts as a version is left.
        """

    @abstractmethod
    def current(self) -> str | None:
        """The version that the pointer names, None where there is no pointer yet.

        Raises:
            ArtefactError: it cannot be read, or holds something else than a version's name.
        """

    def open(self, version: str) -> Artefact:
        """Verifies and opens a version.

        Raises:
            NoVersionError: there is no such version; the message names those that are there.
            CorruptArtefactError: it is not what was published. ArtefactError: it cannot be read.
        """
        there = self.versions()
        if version not in there:
            raise NoVersionError(f"{self.address}: no version {version!r} (there: {', '.join(there) or 'none yet'})")
        return self._open(version)

    def point(self, version: str) -> None:
        """Makes a version the current one, atomically; it is verified first.

        Raises:
            NoVersionError, CorruptArtefactError: as `open`. ArtefactError: the pointer cannot be written.
        """
        self.open(version)
        self._write_pointer(version)

    @abstractmethod
    def unpoint(self) -> None:
        """Takes the pointer away; nothing where there is none.

        Raises:
            ArtefactError: it cannot be removed.
        """

    def prune(self, keep: int, protect: Iterable[str] = ()) -> list[str]:
        """Removes the oldest versions; the current one stays, however old, and counts as one of those kept.

        Args:
            keep: how many stay, at least one.
            protect: versions that stay too, however old; they count as kept.

        Returns:
            The names removed, oldest first.

        Raises:
            ArtefactError: one cannot be removed.
        """
        there = self.versions()
        staying = {self.current(), *protect}
        candidates = [version for version in there if version not in staying]
        kept = max(max(keep, 1) - len(staying.intersection(there)), 0)
        removed = candidates[: max(len(candidates) - kept, 0)]
        for version in removed:
            self._remove(version)
        self._remove_pending()
        return removed

    @abstractmethod
    def _open(self, version: str) -> Artefact:
        """Verifies and opens one of `versions`."""

    @abstractmethod
    def _write_pointer(self, version: str) -> None:
        """Replaces the pointer, atomically."""

    @abstractmethod
    def _remove(self, version: str) -> None:
        """Removes a version, its manifest first: what is left of an interrupted removal is no version any more."""

    @abstractmethod
    def _remove_pending(self) -> None:
        """Removes what exports that were cut short left behind a day ago or earlier."""


def pointed_version(content: str, where: str) -> str:
    """The version that a pointer's content names.

    Raises:
        ArtefactError: it names none.
    """
    version = content.strip()
    if not is_version(version):
        raise ArtefactError(f"{where}: expected the name of a version, got {version[:60]!r}")
    return version
