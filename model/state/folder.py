"""Small files of state beside the price store, on a volume or in an object store."""

import os
import tempfile
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from model.contract.errors import PricesError


class StateFolder:
    """Files by name at an fsspec address: replaced whole, or appended to by a line that reaches the disk."""

    def __init__(self, address: str) -> None:
        """Opens the folder; nothing is read or made yet.

        Raises:
            PricesError: the address has no protocol that is installed.
        """
        try:
            self._fs, root = fsspec.core.url_to_fs(address, use_listings_cache=False)
        except (ImportError, ValueError, OSError) as error:
            raise PricesError(f"price store: expected a folder or an address as s3://bucket/folder: {error}") from error
        self._local = isinstance(self._fs, LocalFileSystem)
        self._root = root.rstrip("/")

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none.

        Raises:
            PricesError: it cannot be read.
        """
        try:
            content: bytes = self._fs.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:
            raise PricesError(f"{self._root}/{name}: cannot be read: {error}") from error
        return content

    def replace(self, name: str, content: bytes) -> None:
        """Replaces a file whole; readers see the former one or this one.

        Raises:
            PricesError: it cannot be written; the former one stays.
        """
        try:
            if self._local:
                _replace(Path(self._root, name), content)
            else:
                self._fs.pipe_file(f"{self._root}/{name}", content)
        except Exception as error:
            raise PricesError(f"{self._root}/{name}: cannot be written: {error}") from error

    def append(self, name: str, line: bytes) -> None:
        """Appends a line, which has reached the disk when this returns.

        An object store knows no appending: there the file is read and replaced, and only one job may write at a time.

        Raises:
            PricesError: it cannot be written.
        """
        if not self._local:
            former = self.read(name) or b""
            self.replace(name, former + (b"\n" if former and not former.endswith(b"\n") else b"") + line + b"\n")
            return
        try:
            _append(Path(self._root, name), line)
        except OSError as error:
            raise PricesError(f"{self._root}/{name}: cannot be written: {error.strerror}") from error


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # mkstemp's files are their owner's only; another user serves
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
