"""File format of a series: Parquet with one row per session, and JSON metadata in the file.

Columns: date, close, adjusted, open, high, low and volume, as in `PriceSeries`. Files of earlier releases have only the
first three.

This module imports only numpy and pyarrow, because serving processes read these files.
"""

import json
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from model.contract.errors import DataQualityError
from model.prices.series import DailyBars, PriceSeries, Session, consistent_bars
from model.prices.stock_splits import StockSplit

_METADATA_KEY: Final = b"nextclose"
_BARS: Final = tuple(field.name for field in fields(DailyBars))
_SCHEMA: Final = pa.schema([("date", pa.date32()), *((name, pa.float64()) for name in ("close", "adjusted", *_BARS))])


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
    columns = {
        "date": series.dates.astype("datetime64[D]"),
        "close": series.close,
        "adjusted": series.adjusted,
        **series.bars.columns(),
    }
    table = pa.Table.from_arrays(
        [pa.array(columns[name]) for name in _SCHEMA.names],
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
            bars=_bars(table),
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


def _bars(table: pa.Table) -> DailyBars:
    if not set(_BARS) <= set(table.schema.names):
        return DailyBars.unknown(len(table))
    return DailyBars(*(_column(table, name, pa.float64()) for name in _BARS))


def _column(table: pa.Table, name: str, kind: pa.DataType) -> NDArray[Any]:
    return np.from_dlpack(pa.concat_arrays(table[name].cast(kind).chunks))


def check_series(series: PriceSeries) -> None:
    """Check that a series is valid.

    Raises:
        DataQualityError: The series is empty, its lengths differ, its dates do not increase, a close is not a finite
            positive number, the bar of a session contradicts its close, or there are no upcoming sessions.
    """
    where = f"prices of {series.symbol}"
    columns = {"close": series.close, "adjusted": series.adjusted, **series.bars.columns()}
    for name, values in columns.items():
        if not 0 < len(series.dates) == len(values):
            raise DataQualityError(
                f"{where}: expected as many values of {name} as dates, got {len(values)} and {len(series.dates)}"
            )
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
    contradicting = ~consistent_bars(series.adjusted, series.bars) & ~np.isnan(series.bars.open)
    if contradicting.any():
        at = int(np.argmax(contradicting))
        bar = ", ".join(f"{name} {values[at]:.10g}" for name, values in series.bars.columns().items())
        raise DataQualityError(
            f"{where}: {series.dates[at]}: expected low <= open, close {series.adjusted[at]:.10g} <= high, got {bar}"
        )
    if not series.upcoming:
        raise DataQualityError(f"{where}: expected the sessions after {series.last}, got none")
