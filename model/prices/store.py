"""The price store: one Parquet file and one quality report per symbol, in a folder or an object store.

This module imports only numpy, pyarrow and fsspec, because serving processes read from the store.
"""

import json
from typing import Final

from model.contract.errors import DataQualityError, PricesError, StorageError, UnknownSymbolError
from model.prices.parquet import decode, encode
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.symbols import check_symbol, is_symbol
from model.storage.files import Files

_FOLDER: Final = "prices"
_SUFFIX: Final = ".parquet"


class PriceStore:
    """Series of closes by symbol at an fsspec address.

    Files are replaced atomically: a reader never sees a partial file and needs no lock.
    """

    def __init__(self, address: str) -> None:
        """Open a store without reading or creating files.

        Args:
            address: A folder, or an fsspec address such as `s3://bucket/folder`. The files are in its folder `prices/`.

        Raises:
            PricesError: No package for the protocol of the address is installed.
        """
        try:
            self._files = Files(address)
        except StorageError as error:
            raise PricesError(f"price store: {error}") from error

    @property
    def remote(self) -> bool:
        """Whether the store is an object store, where requests take time and may cost money."""
        return not self._files.local

    def symbols(self) -> list[str]:
        """List the symbols with a series, sorted; empty if nothing was written yet.

        Raises:
            PricesError: The store cannot be listed.
        """
        try:
            names = self._files.names(_FOLDER)
        except StorageError as err:
            raise PricesError(f"price store: cannot be listed: {err}") from err
        return sorted(name.removesuffix(_SUFFIX) for name in names if self._is_series(name))

    def stamp(self, symbol: str) -> str:
        """A token that changes whenever the file of a symbol is replaced; cheap to query.

        Query it before `read`. As long as it stays the same, the series has not changed.

        Raises:
            UnknownSymbolError: The store has no series of that symbol.
            DataQualityError: The store cannot be queried.
        """
        try:
            return self._files.stamp(self._path(symbol))
        except FileNotFoundError as err:
            raise _unknown_symbol(symbol) from err
        except StorageError as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {err}") from err

    def read(self, symbol: str) -> PriceSeries:
        """Read the series of a symbol.

        Raises:
            UnknownSymbolError: The store has no series of that symbol, or the text is not a symbol.
            DataQualityError: The file cannot be read, or was not written by `write`.
        """
        series = decode(self._read_file(symbol), symbol)
        if series.symbol != symbol:  # case-insensitive file systems
            raise _unknown_symbol(symbol)
        return series

    def read_quality(self, symbol: str) -> QualityReport:
        """Read the quality report of a symbol.

        Raises:
            UnknownSymbolError: The store has no report of that symbol.
            DataQualityError: The report cannot be read.
        """
        content = self._read_file(symbol, ".quality.json")
        try:
            return QualityReport.from_dict(json.loads(content))
        except ValueError as err:
            raise DataQualityError(f"quality report of {symbol}: expected JSON: {err}") from err

    def write(self, series: PriceSeries, quality: QualityReport) -> None:
        """Replace the series and the report of a symbol.

        Raises:
            SettingsError: The symbol of the series is malformed.
            DataQualityError: The series is invalid; nothing was written.
            PricesError: The files cannot be written (no space, no permission); the previous files are unchanged.
        """
        check_symbol(series.symbol)
        content = encode(series, quality.splits)
        report = json.dumps(quality.to_dict(), indent=2).encode()
        try:
            # The series last, so that a reader of a new series finds its report.
            self._files.replace(f"{_FOLDER}/{series.symbol}.quality.json", report)
            self._files.replace(f"{_FOLDER}/{series.symbol}{_SUFFIX}", content)
        except StorageError as err:
            raise PricesError(f"prices of {series.symbol}: cannot be written: {err}") from err

    def _is_series(self, name: str) -> bool:
        return name.endswith(_SUFFIX) and is_symbol(name.removesuffix(_SUFFIX))

    def _path(self, symbol: str, suffix: str = _SUFFIX) -> str:
        if not is_symbol(symbol):
            raise _unknown_symbol(symbol)
        return f"{_FOLDER}/{symbol}{suffix}"

    def _read_file(self, symbol: str, suffix: str = _SUFFIX) -> bytes:
        try:
            return self._files.read(self._path(symbol, suffix))
        except FileNotFoundError as err:
            raise _unknown_symbol(symbol) from err
        except StorageError as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {err}") from err


def _unknown_symbol(symbol: str) -> UnknownSymbolError:
    shown = symbol if len(symbol) <= 40 else symbol[:40] + "..."
    return UnknownSymbolError(f"symbol {shown!r}: the price store holds no series of it")
