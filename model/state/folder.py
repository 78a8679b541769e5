"""Small files of state beside the price store, on a volume or in an object store."""

from model.contract.errors import PricesError, StorageError
from model.storage.files import Files


class StateFolder:
    """Files by name at an fsspec address: replaced whole, or appended to by a line that reaches the disk."""

    def __init__(self, address: str) -> None:
        """Opens the folder; nothing is read or made yet.

        Raises:
            PricesError: the address has no protocol that is installed.
        """
        try:
            self._files = Files(address)
        except StorageError as error:
            raise PricesError(f"price store: {error}") from error

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none.

        Raises:
            PricesError: it cannot be read.
        """
        try:
            return self._files.read(name)
        except FileNotFoundError:
            return None
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be read: {error}") from error

    def replace(self, name: str, content: bytes) -> None:
        """Replaces a file whole; readers see the former one or this one.

        Raises:
            PricesError: it cannot be written; the former one stays.
        """
        try:
            self._files.replace(name, content)
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be written: {error}") from error

    def append(self, name: str, line: bytes) -> None:
        """Appends a line, which has reached the disk when this returns.

        An object store knows no appending: there the file is read and replaced, and only one job may write at a time.

        Raises:
            PricesError: it cannot be written.
        """
        try:
            self._files.append(name, line)
        except StorageError as error:
            raise PricesError(f"{self._files.address}/{name}: cannot be written: {error}") from error
