"""Small files by name at an fsspec address; each is replaced whole, so that a reader needs no lock."""

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
from model.storage.fault import absent, fault_of

# An endpoint that swallows packets must not hold a job for minutes, nor a pod that answers requests.
_S3: Final = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 15, "retries": {"total_max_attempts": 2}}}
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {"file": {"auto_mkdir": True}, "s3": _S3, "s3a": _S3}


def is_object_store(address: str) -> bool:
    """Whether an address is none of a folder."""
    return "://" in address


class Files:
    """The files under an address.

    On a disk a file is replaced by renaming, in an object store by a put, which is atomic there.

    Attributes:
        address: as it was given. local: whether it is a folder of this machine.
    """

    def __init__(self, address: str) -> None:
        """Opens the address; nothing is read or made yet.

        Args:
            address: a folder, or what fsspec knows as `s3://bucket/folder`.

        Raises:
            StorageError: its protocol is unknown, or the package for it is not installed.
        """
        options = _OPTIONS.get(address.partition("://")[0] if is_object_store(address) else "file", {})
        try:
            # Listings change behind our back: another process writes.
            self._fs, root = fsspec.core.url_to_fs(address, use_listings_cache=False, **options)
        except (ImportError, ValueError, OSError) as error:
            raise StorageError(f"expected a folder or an address as s3://bucket/folder: {error}") from error
        self.address = address.rstrip("/")
        self.local = isinstance(self._fs, LocalFileSystem)
        self._root = root.rstrip("/")

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            FileNotFoundError: there is none of that name. StorageError: it cannot be read.
        """
        with self._told():
            content: bytes = self._fs.cat_file(self._path(name))
        return content

    def stamp(self, name: str) -> str:
        """A token that changes whenever a file is replaced; cheap to ask for.

        Raises:
            As `read`.
        """
        with self._told():
            if self.local:
                status = Path(self._path(name)).stat()
                return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
            info = self._fs.info(self._path(name))
        named = (info.get(key) for key in ("ETag", "etag", "LastModified", "mtime", "modified", "created"))
        return f"{next((str(value) for value in named if value), '')}-{info.get('size')}"

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder, in no order; none where there is no such folder.

        Raises:
            StorageError: it cannot be listed.
        """
        try:
            with self._told():
                paths = self._fs.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return [path.rstrip("/").rpartition("/")[2] for path in paths]

    def find(self, folder: str = "") -> dict[str, datetime | None]:
        """All files below a folder, by their name from there, with the time of their last change where it is known.

        Raises:
            StorageError: it cannot be listed.
        """
        top = self._path(folder)
        try:
            with self._told():
                found: Mapping[str, Mapping[str, Any]] = self._fs.find(top, detail=True)
        except FileNotFoundError:
            return {}
        return {path.removeprefix(f"{top}/"): _changed(info) for path, info in found.items()}

    def replace(self, name: str, content: bytes) -> None:
        """Replaces a file whole; readers see the former one or this one.

        Raises:
            StorageError: it cannot be written; the former one stays.
        """
        with self._told(writing=True):
            if self.local:
                _replace(Path(self._path(name)), content)
            else:
                self._fs.pipe_file(self._path(name), content)

    def append(self, name: str, line: bytes) -> None:
        """Appends a line, which has reached the disk when this returns.

        An object store knows no appending: there the file is read and replaced, and only one job may write at a time.

        Raises:
            StorageError: it cannot be written.
        """
        if self.local:
            with self._told(writing=True):
                _append(Path(self._path(name)), line)
            return
        try:
            former = self.read(name)
        except FileNotFoundError:
            former = b""
        self.replace(name, former + (b"\n" if former and not former.endswith(b"\n") else b"") + line + b"\n")

    def get(self, names: Mapping[str, Path]) -> None:
        """Downloads files, several at a time: name -> where to.

        Raises:
            FileNotFoundError: one is not there. StorageError: one cannot be read or written.
        """
        with self._told():
            self._fs.get([self._path(name) for name in names], [str(path) for path in names.values()])

    def put(self, names: Mapping[str, Path]) -> None:
        """Uploads files, several at a time: name -> where from.

        Raises:
            StorageError: one cannot be read or written.
        """
        with self._told(writing=True):
            self._fs.put([str(path) for path in names.values()], [self._path(name) for name in names])

    def remove(self, *names: str) -> None:
        """Removes files; those that are not there are passed over.

        Raises:
            StorageError: one cannot be removed.
        """
        for name in names:
            try:
                with self._told():
                    self._fs.rm_file(self._path(name))
            except FileNotFoundError:
                continue

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    @contextmanager
    def _told(self, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Writing makes the folders that it needs: nothing can be absent then.
            if absent(error) and not writing:
                raise FileNotFoundError(str(error)) from error
            raise StorageError(fault_of(error, self.address)) from error


def _changed(info: Mapping[str, Any]) -> datetime | None:
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
        Path(name).chmod(0o644)  # mkstemp's files are their owner's only; another user may serve
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
            # A line that was cut short by a full disk or a lost node stays alone.
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
