"""Versions in an object store. Nothing can be renamed there: a version is there once its manifest is, uploaded last."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from model.artefact.downloads import downloads, put_into_place
from model.artefact.folder import Artefact, open_artefact, publish
from model.artefact.manifest import MANIFEST, FileEntry, Manifest
from model.artefact.registry import CURRENT, PENDING_KEPT_SECONDS, Registry, pointed_version
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError, StorageError
from model.contract.version import is_version
from model.storage.files import Files


class ObjectRegistry(Registry):
    """Versions of one model under `<root>/<model>/`.

    A version is opened from a copy on this machine, made once in the life of the process.
    """

    def __init__(self, root: str, model: str) -> None:
        """Opens the address; nothing is read or made yet.

        Args:
            root: of all models, as fsspec knows it: `s3://bucket/folder`.
            model: the model's name.

        Raises:
            ArtefactError: the address has no protocol that is installed.
        """
        self.model = model
        self._address = f"{root.rstrip('/')}/{model}"
        with self._told("cannot be used"):
            self._files = Files(self._address)

    @property
    def address(self) -> str:
        """The address with the model's name."""
        return self._address

    def versions(self) -> list[str]:
        """Names of the versions that have a manifest, oldest first."""
        return sorted(self._found(published=True))

    def publish(self, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]) -> Artefact:
        """Makes the version on this machine, uploads it, and reads it back."""
        with tempfile.TemporaryDirectory(prefix="nextclose-export-") as folder:
            made = publish(Path(folder), fill, describe)
            if made.version in self._found(published=True):
                raise ArtefactError(f"version {made.version} exists already")
            with self._told("cannot write a version"):
                # What an upload that was cut short left may be more than is uploaded now.
                self._files.remove(*self._found(published=False).get(made.version, {}))
                self._files.put({f"{made.version}/{name}": made.folder / name for name in made.manifest.files})
                self._files.put({f"{made.version}/{MANIFEST}": made.folder / MANIFEST})
        return self._open(made.version)

    def current(self) -> str | None:
        """What the pointer names; one request to the store."""
        where = f"{self._address}/{CURRENT}"
        try:
            with self._told(f"{CURRENT} cannot be read"):
                content = self._files.read(CURRENT)
        except FileNotFoundError:
            return None
        return pointed_version(content.decode(errors="replace"), where)

    def unpoint(self) -> None:
        """Removes the pointer."""
        with self._told(f"{CURRENT} cannot be removed"):
            self._files.remove(CURRENT)

    def _open(self, version: str) -> Artefact:
        place = downloads(self._address) / version
        with self._told("cannot be read"):
            try:
                manifest = self._files.read(f"{version}/{MANIFEST}")
            except FileNotFoundError as error:
                raise NoVersionError(f"{self._address}/{version}: no version here ({MANIFEST} is missing)") from error
            if _is_copy(place, manifest):
                with suppress(ArtefactError):
                    return open_artefact(place)
            self._download(version, place)
        return open_artefact(place)

    def _download(self, version: str, place: Path) -> None:
        """All that lies there, also what the manifest does not know: KServe would hand that to the predictor too."""
        names = self._files.find(version)
        with put_into_place(place) as pending:
            targets = {f"{version}/{name}": pending / name for name in names}
            for name, target in targets.items():
                if not target.resolve().is_relative_to(pending.resolve()):
                    raise CorruptArtefactError(f"{self._address}/{name}: lies outside of the version's folder")
            try:
                self._files.get(targets)
            except FileNotFoundError as error:
                raise CorruptArtefactError(f"{self._address}/{version}: was removed while it was read") from error
            open_artefact(pending)

    def _write_pointer(self, version: str) -> None:
        with self._told(f"{CURRENT} cannot be written"):
            self._files.replace(CURRENT, f"{version}\n".encode())

    def _remove(self, version: str) -> None:
        self._remove_all(version, self._found(published=True)[version])
        shutil.rmtree(downloads(self._address) / version, ignore_errors=True)

    def _remove_pending(self) -> None:
        before = datetime.now(UTC) - timedelta(seconds=PENDING_KEPT_SECONDS)
        for version, names in self._found(published=False).items():
            if all(changed is not None and changed < before for changed in names.values()):
                self._remove_all(version, names)

    def _remove_all(self, version: str, names: dict[str, datetime | None]) -> None:
        manifest = f"{version}/{MANIFEST}"
        with self._told("cannot remove a version"):
            self._files.remove(manifest)
            self._files.remove(*(name for name in names if name != manifest))

    def _found(self, *, published: bool) -> dict[str, dict[str, datetime | None]]:
        """Files by version, of those that have a manifest or of those that have none."""
        with self._told("cannot be listed"):
            names = self._files.find()
        found: dict[str, dict[str, datetime | None]] = {}
        for name, changed in names.items():
            version, slash, _ = name.partition("/")
            if slash and is_version(version):
                found.setdefault(version, {})[name] = changed
        return {version: files for version, files in found.items() if (f"{version}/{MANIFEST}" in files) is published}

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except StorageError as error:
            raise ArtefactError(f"{self._address}: {what}: {error}") from error


def _is_copy(place: Path, manifest: bytes) -> bool:
    """Whether the copy on this machine is of the version that lies in the store."""
    try:
        return (place / MANIFEST).read_bytes() == manifest
    except OSError:
        return False
