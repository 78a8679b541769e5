"""The price store: one Parquet file a symbol, its quality report beside it, in a folder or an object store.

Only numpy, pyarrow and fsspec are imported here, because the process that answers requests reads from it.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from model.contract.errors import DataQualityError, PricesError, UnknownSymbolError
from model.prices.parquet import decode, encode
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.symbols import check_symbol, is_symbol

_FOLDER: Final = "prices"
_SUFFIX: Final = ".parquet"


class PriceStore:
    """Series of closes by symbol at an fsspec address.

    Files are replaced whole: on a local disk by renaming, in an object store because a put is atomic there. A reader
    never sees half a file and needs no lock.
    """

    def __init__(self, address: str, options: Mapping[str, Any] | None = None) -> None:
        """Opens a store; nothing is read or made yet.

        Args:
            address: a folder, or an address that fsspec knows as `s3://bucket/folder`; the files are in `prices/`
                under it.
            options: of fsspec's file system, e.g. `{"endpoint_url": ...}`.

        Raises:
            PricesError: the address has no protocol that is installed.
        """
        try:
            # Listings change behind our back: another process writes.
            self._fs, root = fsspec.core.url_to_fs(address, **{"use_listings_cache": False, **(options or {})})
        except (ImportError, ValueError, OSError) as err:
            raise PricesError(f"price store: expected a folder or an address as s3://bucket/folder: {err}") from err
        self._local = isinstance(self._fs, LocalFileSystem)
        self._folder = f"{root.rstrip('/')}/{_FOLDER}"

    def symbols(self) -> list[str]:
        """Symbols with a series, sorted; empty when nothing was written yet.

        Raises:
            PricesError: the store cannot be listed.
        """
        try:
            paths = self._fs.ls(self._folder, detail=False)
        except FileNotFoundError:
            return []
        except Exception as err:
            raise PricesError(f"price store: cannot be listed: {_reason(err)}") from err
        names = (path.rstrip("/").rpartition("/")[2] for path in paths)
        return sorted(name.removesuffix(_SUFFIX) for name in names if self._is_series(name))

    def stamp(self, symbol: str) -> str:
        """A token that changes whenever the symbol's file is replaced; cheap to ask for.

        Take it before `read` and keep both: while it stays the same, so does the series.

        Raises:
            UnknownSymbolError: no series of that symbol. DataQualityError: the store cannot be asked.
        """
        path = self._path(symbol)
        try:
            if self._local:
                status = Path(path).stat()
                return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
            info = self._fs.info(path)
        except FileNotFoundError as err:
            raise _unknown(symbol) from err
        except Exception as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {_reason(err)}") from err
        named = (info.get(key) for key in ("ETag", "etag", "LastModified", "mtime", "modified", "created"))
        return f"{next((str(value) for value in named if value), '')}-{info.get('size')}"

    def read(self, symbol: str) -> PriceSeries:
        """The series of a symbol, whole, as it was last written.

        Raises:
            UnknownSymbolError: no series of that symbol (or what was given is no symbol).
            DataQualityError: its file cannot be read, or is not what `write` writes.
        """
        series = decode(self._content(symbol, _SUFFIX), symbol)
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
            self._replace(f"{self._folder}/{series.symbol}.quality.json", report)
            self._replace(f"{self._folder}/{series.symbol}{_SUFFIX}", content)
        except Exception as err:
            raise PricesError(f"prices of {series.symbol}: cannot be written: {_reason(err)}") from err

    def _is_series(self, name: str) -> bool:
        return name.endswith(_SUFFIX) and is_symbol(name.removesuffix(_SUFFIX))

    def _path(self, symbol: str) -> str:
        if not is_symbol(symbol):
            raise _unknown(symbol)
        return f"{self._folder}/{symbol}{_SUFFIX}"

    def _content(self, symbol: str, suffix: str) -> bytes:
        path = self._path(symbol).removesuffix(_SUFFIX) + suffix
        try:
            content: bytes = self._fs.cat_file(path)
        except FileNotFoundError as err:
            raise _unknown(symbol) from err
        except Exception as err:
            raise DataQualityError(f"prices of {symbol}: cannot be read: {_reason(err)}") from err
        return content

    def _replace(self, path: str, content: bytes) -> None:
        if not self._local:
            self._fs.pipe_file(path, content)
            return
        target = Path(path)
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


def _unknown(symbol: str) -> UnknownSymbolError:
    shown = symbol if len(symbol) <= 40 else symbol[:40] + "..."
    return UnknownSymbolError(f"symbol {shown!r}: the price store holds no series of it")


def _reason(err: Exception) -> str:
    text = getattr(err, "strerror", None) or str(err).partition("\n")[0]
    return text or type(err).__name__
