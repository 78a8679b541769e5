"""Small files by name at an fsspec address. Files are replaced atomically, so readers need no lock."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from model.contract.errors import StorageError
from model.storage.storage_errors import describe_error, is_missing_file

# An endpoint that drops packets must not block a job or a serving pod for minutes.
_S3: Final = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 15, "retries": {"total_max_attempts": 2}}}
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {"file": {"auto_mkdir": True}, "s3": _S3, "s3a": _S3}


def is_object_store(address: str) -> bool:
    """Whether an address is an fsspec URL instead of a local folder."""
    return "://" in address


class Files:
    """The files under an address.

    A file on a disk is replaced by renaming, a file in an object store by a PUT, which is atomic there.

    Attributes:
        address: The address, without trailing slashes.
        local: Whether it is a folder on this machine.
    """

    def __init__(self, address: str) -> None:
        """Open an address without reading or creating files.

        Args:
            address: A folder, or an fsspec address such as `s3://bucket/folder`.

        Raises:
            StorageError: The protocol is unknown, or its package is not installed.
        """
        options = _OPTIONS.get(address.partition("://")[0] if is_object_store(address) else "file", {})
        try:
            # No cache of listings: other processes write, too.
            self._fs, root = fsspec.core.url_to_fs(address, use_listings_cache=False, **options)
        except (ImportError, ValueError, OSError) as error:
            raise StorageError(f"expected a folder or an address as s3://bucket/folder: {error}") from error
        self.address = address.rstrip("/")
        self.local = isinstance(self._fs, LocalFileSystem)
        self._root = root.rstrip("/")

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: There is no file of that name.
            StorageError: The file cannot be read.
        """
        with self._translated_errors():
            content: bytes = self._fs.cat_file(self._path(name))
        return content

    def stamp(self, name: str) -> str:
        """A token that changes whenever a file is replaced; cheap to query.

        Raises:
            FileNotFoundError: There is no file of that name.
            StorageError: The file cannot be read.
        """
        with self._translated_errors():
            if self.local:
                status = Path(self._path(name)).stat()
                return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
            info = self._fs.info(self._path(name))
        values = (info.get(key) for key in ("ETag", "etag", "LastModified", "mtime", "modified", "created"))
        return f"{next((str(value) for value in values if value), '')}-{info.get('size')}"

    def names(self, folder: str) -> list[str]:
        """List the names of the files in a folder, unordered; empty if the folder does not exist.

        Raises:
            StorageError: The folder cannot be listed.
        """
        try:
            with self._translated_errors():
                paths = self._fs.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return [path.rstrip("/").rpartition("/")[2] for path in paths]

    def find(self, folder: str = "") -> dict[str, datetime | None]:
        """Find all files below a folder, recursively.

        Returns:
            Path relative to the folder -> time of the last change (None: unknown).

        Raises:
            StorageError: The folder cannot be listed.
        """
        top = self._path(folder)
        try:
            with self._translated_errors():
                found: Mapping[str, Mapping[str, Any]] = self._fs.find(top, detail=True)
        except FileNotFoundError:
            return {}
        return {path.removeprefix(f"{top}/"): _changed_at(info) for path, info in found.items()}

    def replace(self, name: str, content: bytes) -> None:
        """Replace a file atomically: readers see the previous file or this one.

        Raises:
            StorageError: The file cannot be written; the previous file is unchanged.
        """
        with self._translated_errors(writing=True):
            if self.local:
                _replace(Path(self._path(name)), content)
            else:
                self._fs.pipe_file(self._path(name), content)

    def append(self, name: str, line: bytes) -> None:
        """Append a line; it has reached the disk when this returns.

        An object store cannot append, so the file is read and replaced, and only one job may write at a time.

        Raises:
            StorageError: The line cannot be written.
        """
        if self.local:
            with self._translated_errors(writing=True):
                _append(Path(self._path(name)), line)
            return
        try:
            previous = self.read(name)
        except FileNotFoundError:
            previous = b""
        self.replace(name, previous + (b"\n" if previous and not previous.endswith(b"\n") else b"") + line + b"\n")

    def get(self, names: Mapping[str, Path]) -> None:
        """Download files concurrently.

        Args:
            names: Name -> local target path.

        Raises:
            FileNotFoundError: A file does not exist.
            StorageError: A file cannot be read or written.
        """
        with self._translated_errors():
            self._fs.get([self._path(name) for name in names], [str(path) for path in names.values()])

    def put(self, names: Mapping[str, Path]) -> None:
        """Upload files concurrently.

        Args:
            names: Name -> local source path.

        Raises:
            StorageError: A file cannot be read or written.
        """
        with self._translated_errors(writing=True):
            self._fs.put([str(path) for path in names.values()], [self._path(name) for name in names])

    def remove(self, *names: str) -> None:
        """Remove files; missing files are ignored.

        Raises:
            StorageError: A file cannot be removed.
        """
        for name in names:
            try:
                with self._translated_errors():
                    self._fs.rm_file(self._path(name))
            except FileNotFoundError:
                continue

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    @contextmanager
    def _translated_errors(self, *, writing: bool = False) -> Iterator[None]:
        """Translate errors of fsspec into `FileNotFoundError` and `StorageError`."""
        try:
            yield
        except Exception as error:
            # Writing creates missing folders, so a missing file is not a valid result of it.
            if is_missing_file(error) and not writing:
                raise FileNotFoundError(str(error)) from error
            raise StorageError(describe_error(error, self.address)) from error


def _changed_at(info: Mapping[str, Any]) -> datetime | None:
    value = info.get("LastModified") or info.get("mtime") or info.get("created")
    return datetime.fromtimestamp(value, UTC) if isinstance(value, float) else value


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # mkstemp allows access by the owner only; serving may run as another user
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _append(target: Path, line: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            # A line that was truncated by a full disk or a lost node must not be joined with this one.
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
