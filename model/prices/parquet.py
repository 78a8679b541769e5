"""File format of a series: Parquet with the columns date, close and adjusted, and JSON metadata in the file.

This module imports only numpy and pyarrow, because serving processes read these files.
"""

import json
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries, Session
from model.prices.stock_splits import StockSplit

_METADATA_KEY: Final = b"nextclose"
_SCHEMA: Final = pa.schema([("date", pa.date32()), ("close", pa.float64()), ("adjusted", pa.float64())])


def encode(series: PriceSeries, splits: tuple[StockSplit, ...]) -> bytes:
    """Encode a series as a Parquet file.

    Args:
        series: Series to encode.
        splits: Splits that its adjusted closes are adjusted for; stored in the metadata.

    Raises:
        DataQualityError: The series is invalid (see `check_series`).
    """
    check_series(series)
    meta = {
        "symbol": series.symbol,
        "source": series.source,
        "downloaded_at": series.downloaded_at.isoformat(),
        "calendar": series.calendar,
        "upcoming": [[session.date.isoformat(), session.close.isoformat()] for session in series.upcoming],
        "splits": [{"date": s.date.isoformat(), "ratio": s.ratio, "origin": s.origin} for s in splits],
    }
    table = pa.Table.from_arrays(
        [pa.array(column) for column in (series.dates.astype("datetime64[D]"), series.close, series.adjusted)],
        schema=_SCHEMA.with_metadata({_METADATA_KEY: json.dumps(meta).encode()}),
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode(content: bytes, symbol: str) -> PriceSeries:
    """Decode the series in a Parquet file.

    Args:
        content: The whole file.
        symbol: Symbol for messages; the symbol in the file may differ.

    Raises:
        DataQualityError: The file was not written by `encode`, or its series is invalid.
    """
    try:
        # Not `read_table` and `to_numpy`: both import pandas if it is installed, which takes 0.5 s and 40 MiB.
        table = pq.ParquetFile(pa.BufferReader(content)).read()
        meta = json.loads(table.schema.metadata[_METADATA_KEY])
        series = PriceSeries(
            symbol=meta["symbol"],
            dates=_column(table, "date", pa.int32()).astype("datetime64[D]"),
            close=_column(table, "close", pa.float64()),
            adjusted=_column(table, "adjusted", pa.float64()),
            source=meta["source"],
            downloaded_at=datetime.fromisoformat(meta["downloaded_at"]),
            calendar=meta["calendar"],
            upcoming=tuple(
                Session(date.fromisoformat(day), datetime.fromisoformat(close)) for day, close in meta["upcoming"]
            ),
        )
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as err:
        reason = str(err).partition("\n")[0]
        raise DataQualityError(f"prices of {symbol}: expected a Parquet file of closes, got: {reason}") from err
    check_series(series)
    return series


def _column(table: pa.Table, name: str, kind: pa.DataType) -> NDArray[Any]:
    return np.from_dlpack(pa.concat_arrays(table[name].cast(kind).chunks))


def check_series(series: PriceSeries) -> None:
    """Check that a series is valid.

    Raises:
        DataQualityError: The series is empty, its lengths differ, its dates do not increase, a close is not a finite
            positive number, or it has no upcoming sessions.
    """
    where = f"prices of {series.symbol}"
    if not 0 < len(series.dates) == len(series.close) == len(series.adjusted):
        lengths = f"{len(series.dates)}, {len(series.close)} and {len(series.adjusted)}"
        raise DataQualityError(f"{where}: expected as many dates as closes and adjusted closes, got {lengths}")
    if (series.dates[1:] <= series.dates[:-1]).any():
        at = int(np.argmax(series.dates[1:] <= series.dates[:-1])) + 1
        raise DataQualityError(
            f"{where}: expected increasing dates, got {series.dates[at]} after {series.dates[at - 1]}"
        )
    for name, values in (("close", series.close), ("adjusted", series.adjusted)):
        bad = ~((values > 0) & (values < np.inf))
        if bad.any():
            at = int(np.argmax(bad))
            raise DataQualityError(f"{where}: {series.dates[at]}: expected a price above zero, got {name} {values[at]}")
    if not series.upcoming:
        raise DataQualityError(f"{where}: expected the sessions after {series.last}, got none")
