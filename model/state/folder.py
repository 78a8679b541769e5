"""Small state files next to the prices, on a volume or in an object store."""

from model.contract.errors import PricesError, StorageError
from model.storage.files import Files


class StateFolder:
    """Files by name at an fsspec address, replaced atomically or appended to by durable lines."""

    def __init__(self, address: str) -> None:
        """Open the folder without reading or creating files.

        Raises:
            PricesError: No package for the protocol of the address is installed.
        """
        try:
            self._files = Files(address)
        except StorageError as error:
            raise PricesError(f"price store: {error}") from error

    def read(self, name: str) -> bytes | None:
        """Read a file. Returns None if it does not exist.

        Raises:
            PricesError: The file cannot be read.
        """
        try:
            return self._files.read(name)
        except FileNotFoundError:
            return None
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be read: {error}") from error

    def replace(self, name: str, content: bytes) -> None:
        """Replace a file atomically: readers see the previous file or this one.

        Raises:
            PricesError: The file cannot be written; the previous file is unchanged.
        """
        try:
            self._files.replace(name, content)
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be written: {error}") from error

    def append(self, name: str, line: bytes) -> None:
        """Append a line; it has reached the disk when this returns.

        An object store cannot append, so the file is read and replaced, and only one job may write at a time.

        Raises:
            PricesError: The line cannot be written.
        """
        try:
            self._files.append(name, line)
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be written: {error}") from error
