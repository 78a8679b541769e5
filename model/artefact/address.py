"""Model addresses (folder or object store): open them as a registry for jobs, or as the served version for servers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from model.artefact.folder import Artefact, open_artefact
from model.artefact.local_registry import LocalRegistry, served_folder
from model.artefact.object_registry import ObjectRegistry
from model.artefact.registry import CURRENT, Registry
from model.contract.errors import NoVersionError
from model.storage.files import is_object_store


class ServedVersionSource(Protocol):
    """Source of the served version. A server polls `find` and opens each version once."""

    @property
    def remote(self) -> bool:
        """Whether `find` sends a request to a server."""

    def find(self) -> str:
        """Find the version to serve now. The result identifies it and changes with the version.

        Raises:
            NoVersionError: There is no version yet.
            ArtefactError: The version cannot be determined.
        """

    def versions(self) -> list[str]:
        """List the names of all visible versions, including the served one, oldest first.

        Raises:
            ArtefactError: The versions cannot be listed.
        """

    def open(self, found: str) -> Artefact:
        """Open the version that `find` returned.

        Raises:
            ArtefactError: The version cannot be read, or was changed after publication.
        """


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Served version in a local folder: a version folder mounted into a pod, or the folder of all models."""

    folder: Path
    model: str
    remote: bool = False

    def find(self) -> str:
        """Find the version folder."""
        return str(served_folder(self.folder, self.model))

    def versions(self) -> list[str]:
        """List the versions in the folder of all models; empty for a version folder."""
        return LocalRegistry(self.folder, self.model).versions()

    def open(self, found: str) -> Artefact:
        """Verify the version folder."""
        return open_artefact(Path(found))


@dataclass(frozen=True, slots=True)
class ObjectStoreSource:
    """Served version in an object store: the version that the pointer names."""

    registry: Registry
    remote: bool = True

    def find(self) -> str:
        """Read the pointer."""
        version = self.registry.current()
        if version is None:
            raise NoVersionError(f"{self.registry.address}: no version to serve yet (no {CURRENT} here)")
        return version

    def versions(self) -> list[str]:
        """List all published versions."""
        return self.registry.versions()

    def open(self, found: str) -> Artefact:
        """Download and verify the version."""
        return self.registry.open(found)


def open_served_version(address: str, model: str) -> ServedVersionSource:
    """Open an address as the source of the served version.

    Args:
        address: A version folder, the folder of all models, or an object store such as `s3://bucket/folder`.
        model: Name of the model.

    Raises:
        ArtefactError: No package for the protocol of the address is installed.
    """
    if is_object_store(address):
        return ObjectStoreSource(ObjectRegistry(address, model))
    return FolderSource(Path(address), model)


def open_registry(address: str, model: str) -> Registry:
    """Open the registry of a model.

    Args:
        address: The folder of all models, local or in an object store.
        model: Name of the model.

    Raises:
        ArtefactError: No package for the protocol of the address is installed.
    """
    return ObjectRegistry(address, model) if is_object_store(address) else LocalRegistry(Path(address), model)
