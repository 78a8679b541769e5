"""Registry in an object store.

Objects cannot be renamed, so the manifest is uploaded last and a version counts as published once its manifest exists.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from model.artefact.downloads import atomic_folder, download_folder
from model.artefact.folder import Artefact, open_artefact, publish
from model.artefact.manifest import MANIFEST, FileEntry, Manifest
from model.artefact.registry import CURRENT, PENDING_KEPT_SECONDS, Registry, pointed_version
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError, StorageError
from model.contract.version import is_version
from model.storage.files import Files


class ObjectRegistry(Registry):
    """Versions of one model under `<root>/<model>/`.

    A version is opened from a local copy, which is downloaded once per process.
    """

    def __init__(self, root: str, model: str) -> None:
        """Open the registry without reading or creating files.

        Args:
            root: Fsspec address of all models, such as `s3://bucket/folder`.
            model: Name of the model.

        Raises:
            ArtefactError: No package for the protocol of the address is installed.
        """
        self.model = model
        self._address = f"{root.rstrip('/')}/{model}"
        with self._translated_errors("cannot be used"):
            self._files = Files(self._address)

    @property
    def address(self) -> str:
        """Address of the model's versions."""
        return self._address

    def versions(self) -> list[str]:
        """List the names of the versions that have a manifest, oldest first."""
        return sorted(self._list_files(published=True))

    def publish(self, fill: Callable[[Path], None], describe: Callable[[dict[str, FileEntry]], Manifest]) -> Artefact:
        """Create the version in a local folder, upload it, and read it back."""
        with tempfile.TemporaryDirectory(prefix="nextclose-export-") as folder:
            made = publish(Path(folder), fill, describe)
            if made.version in self._list_files(published=True):
                raise ArtefactError(f"version {made.version} exists already")
            with self._translated_errors("cannot write a version"):
                # An interrupted upload may have left files that this upload does not replace.
                self._files.remove(*self._list_files(published=False).get(made.version, {}))
                self._files.put({f"{made.version}/{name}": made.folder / name for name in made.manifest.files})
                self._files.put({f"{made.version}/{MANIFEST}": made.folder / MANIFEST})
        return self._open(made.version)

    def current(self) -> str | None:
        """Read the pointer, with one request to the store."""
        where = f"{self._address}/{CURRENT}"
        try:
            with self._translated_errors(f"{CURRENT} cannot be read"):
                content = self._files.read(CURRENT)
        except FileNotFoundError:
            return None
        return pointed_version(content.decode(errors="replace"), where)

    def clear_current(self) -> None:
        """Remove the pointer."""
        with self._translated_errors(f"{CURRENT} cannot be removed"):
            self._files.remove(CURRENT)

    def _open(self, version: str) -> Artefact:
        copy = download_folder(self._address) / version
        with self._translated_errors("cannot be read"):
            try:
                manifest = self._files.read(f"{version}/{MANIFEST}")
            except FileNotFoundError as error:
                raise NoVersionError(f"{self._address}/{version}: no version here ({MANIFEST} is missing)") from error
            if _has_manifest(copy, manifest):
                with suppress(ArtefactError):
                    return open_artefact(copy)
            self._download(version, copy)
        return open_artefact(copy)

    def _download(self, version: str, copy: Path) -> None:
        """Download all files, also those not in the manifest, because KServe would pass them to the predictor."""
        names = self._files.find(version)
        with atomic_folder(copy) as pending:
            targets = {f"{version}/{name}": pending / name for name in names}
            for name, target in targets.items():
                if not target.resolve().is_relative_to(pending.resolve()):
                    raise CorruptArtefactError(f"{self._address}/{name}: is outside of the version folder")
            try:
                self._files.get(targets)
            except FileNotFoundError as error:
                raise CorruptArtefactError(f"{self._address}/{version}: was removed during the download") from error
            open_artefact(pending)

    def _write_pointer(self, version: str) -> None:
        with self._translated_errors(f"{CURRENT} cannot be written"):
            self._files.replace(CURRENT, f"{version}\n".encode())

    def _remove(self, version: str) -> None:
        self._remove_files(version, self._list_files(published=True)[version])
        shutil.rmtree(download_folder(self._address) / version, ignore_errors=True)

    def _remove_pending(self) -> None:
        before = datetime.now(UTC) - timedelta(seconds=PENDING_KEPT_SECONDS)
        for version, names in self._list_files(published=False).items():
            if all(changed is not None and changed < before for changed in names.values()):
                self._remove_files(version, names)

    def _remove_files(self, version: str, names: dict[str, datetime | None]) -> None:
        manifest = f"{version}/{MANIFEST}"
        with self._translated_errors("cannot remove a version"):
            self._files.remove(manifest)
            self._files.remove(*(name for name in names if name != manifest))

    def _list_files(self, *, published: bool) -> dict[str, dict[str, datetime | None]]:
        """List files with their time of change, by version: published versions (with a manifest) or all others."""
        with self._translated_errors("cannot be listed"):
            names = self._files.find()
        found: dict[str, dict[str, datetime | None]] = {}
        for name, changed in names.items():
            version, slash, _ = name.partition("/")
            if slash and is_version(version):
                found.setdefault(version, {})[name] = changed
        return {version: files for version, files in found.items() if (f"{version}/{MANIFEST}" in files) is published}

    @contextmanager
    def _translated_errors(self, failure: str) -> Iterator[None]:
        """Translate a `StorageError` into an `ArtefactError`."""
        try:
            yield
        except StorageError as error:
            raise ArtefactError(f"{self._address}: {failure}: {error}") from error


def _has_manifest(copy: Path, manifest: bytes) -> bool:
    """Whether a local copy exists and has the same manifest as the version in the store."""
    try:
        return (copy / MANIFEST).read_bytes() == manifest
    except OSError:
        return False
