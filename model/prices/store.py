"""The price store: one Parquet file a symbol, its quality report beside it, in a folder or an object store.

Only numpy, pyarrow and fsspec are imported here, because the process that answers requests reads from it.
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

    Files are replaced whole: a reader never sees half a file and needs no lock.
    """

    def __init__(self, address: str) -> None:
        """Opens a store; nothing is read or made yet.

        Args:
            address: a folder, or an address that fsspec knows as `s3://bucket/folder`; the files are in `prices/`
                under it.

        Raises:
            PricesError: the address has no protocol that is installed.
        """
        try:
            self._files = Files(address)
        except StorageError as error:
            raise PricesError(f"price store: {error}") from error

    @property
    def remote(self) -> bool:
        """Whether it lies in an object store: asking it takes a while, and may cost something."""
        return not self._files.local

    def symbols(self) -> list[str]:
        """Symbols with a series, sorted; empty when nothing was written yet.

        Raises:
            PricesError: the store cannot be listed.
        """
        try:
            names = self._files.names(_FOLDER)
        except StorageError as err:
            raise PricesError(f"price store: cannot be listed: {err}") from err
        return sorted(name.removesuffix(_SUFFIX) for name in names if self._is_series(name))

    def stamp(self, symbol: str) -> str:
        """A token that changes whenever the symbol's file is replaced; cheap to ask for.

        Take it before `read` and keep both: while it stays the same, so does the series.

        Raises:
            UnknownSymbolError: no series of that symbol. DataQualityError: the store cannot be asked.
        """
        try:
            return self._files.stamp(self._name(symbol))
        except FileNotFoundError as err:
            raise _unknown(symbol) from err
        except StorageError as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {err}") from err

    def read(self, symbol: str) -> PriceSeries:
        """The series of a symbol, whole, as it was last written.

        Raises:
            UnknownSymbolError: no series of that symbol (or what was given is no symbol).
            DataQualityError: its file cannot be read, or is not what `write` writes.
        """
        series = decode(self._content(symbol), symbol)
        if series.symbol != symbol:  # file systems that do not tell cases apart
            raise _unknown(symbol)
        return series

    def read_quality(self, symbol: str) -> QualityReport:
        """The quality report beside a series.

        Raises:
            UnknownSymbolError: none of that symbol. DataQualityError: it cannot be read.
        """
        content = self._content(symbol, ".quality.json")
        try:
            return QualityReport.from_dict(json.loads(content))
        except ValueError as err:
            raise DataQualityError(f"quality report of {symbol}: expected JSON: {err}") from err

    def write(self, series: PriceSeries, quality: QualityReport) -> None:
        """Replaces a symbol's series and its report.

        Raises:
            SettingsError: the series' symbol has no symbol's form.
            DataQualityError: the series itself is broken; nothing was written.
            PricesError: the files cannot be written (no space, no permission); the former ones stay.
        """
        check_symbol(series.symbol)
        content = encode(series, quality.splits)
        report = json.dumps(quality.to_dict(), indent=2).encode()
        try:
            # The series last: who sees a new series finds its report.
            self._files.replace(f"{_FOLDER}/{series.symbol}.quality.json", report)
            self._files.replace(f"{_FOLDER}/{series.symbol}{_SUFFIX}", content)
        except StorageError as err:
            raise PricesError(f"prices of {series.symbol}: cannot be written: {err}") from err

    def _is_series(self, name: str) -> bool:
        return name.endswith(_SUFFIX) and is_symbol(name.removesuffix(_SUFFIX))

    def _name(self, symbol: str, suffix: str = _SUFFIX) -> str:
        if not is_symbol(symbol):
            raise _unknown(symbol)
        return f"{_FOLDER}/{symbol}{suffix}"

    def _content(self, symbol: str, suffix: str = _SUFFIX) -> bytes:
        try:
            return self._files.read(self._name(symbol, suffix))
        except FileNotFoundError as err:
            raise _unknown(symbol) from err
        except StorageError as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {err}") from err


def _unknown(symbol: str) -> UnknownSymbolError:
    shown = symbol if len(symbol) <= 40 else symbol[:40] + "..."
    return UnknownSymbolError(f"symbol {shown!r}: the price store holds no series of it")
