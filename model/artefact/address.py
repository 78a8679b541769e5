"""What an address of models means: a folder or an object store, to jobs as a registry, to servers as what is served."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from model.artefact.folder import Artefact, open_artefact
from model.artefact.local_registry import LocalRegistry, served_folder
from model.artefact.object_registry import ObjectRegistry
from model.artefact.registry import CURRENT, Registry
from model.contract.errors import NoVersionError
from model.storage.files import is_object_store


class Served(Protocol):
    """Looked at again and again; what is found is opened once."""

    @property
    def remote(self) -> bool:
        """Whether a look asks a server."""

    def find(self) -> str:
        """A name of what is to be served now; another name means another version.

        Raises:
            NoVersionError: nothing yet. ArtefactError: it cannot be told.
        """

    def versions(self) -> list[str]:
        """Names of the versions beside the served one that can be seen from here, itself included, oldest first.

        Raises:
            ArtefactError: they cannot be listed.
        """

    def open(self, found: str) -> Artefact:
        """Opens what was found.

        Raises:
            ArtefactError: it cannot be read, or is not what was published.
        """


@dataclass(frozen=True, slots=True)
class ServedFolder:
    """A version's folder, as a pod finds it mounted, or the folder of all models with their pointers."""

    folder: Path
    model: str
    remote: bool = False

    def find(self) -> str:
        """The version's folder."""
        return str(served_folder(self.folder, self.model))

    def versions(self) -> list[str]:
        """Those of the folder of all models; none where it is a version's folder."""
        return LocalRegistry(self.folder, self.model).versions()

    def open(self, found: str) -> Artefact:
        """Verifies it."""
        return open_artefact(Path(found))


@dataclass(frozen=True, slots=True)
class ServedObjects:
    """The versions of an object store with their pointer."""

    registry: Registry
    remote: bool = True

    def find(self) -> str:
        """The version that the pointer names."""
        version = self.registry.current()
        if version is None:
            raise NoVersionError(f"{self.registry.address}: no version to serve yet (no {CURRENT} here)")
        return version

    def versions(self) -> list[str]:
        """All that are published."""
        return self.registry.versions()

    def open(self, found: str) -> Artefact:
        """Downloads and verifies it."""
        return self.registry.open(found)


def served_at(address: str, model: str) -> Served:
    """What a serving process is to look at.

    Args:
        address: a version's folder, the folder of all models, or the same in an object store as `s3://bucket/folder`.
        model: its name.

    Raises:
        ArtefactError: the address has no protocol that is installed.
    """
    if is_object_store(address):
        return ServedObjects(ObjectRegistry(address, model))
    return ServedFolder(Path(address), model)


def registry_at(address: str, model: str) -> Registry:
    """The registry of a model.

    Args:
        address: the folder of all models, or the same in an object store.
        model: its name.

    Raises:
        ArtefactError: the address has no protocol that is installed.
    """
    return ObjectRegistry(address, model) if is_object_store(address) else LocalRegistry(Path(address), model)
