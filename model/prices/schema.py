"""What raw daily bars must look like before anything is computed from them (pandera)."""

from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from model.contract.errors import DataQualityError

COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")

_FINITE: Final = pa.Check(np.isfinite, name="finite", error="a finite number")


def _other_price() -> pa.Column:
    # Zero stands for "unknown" in old index data; only closes are computed with.
    return pa.Column(float, [_FINITE, pa.Check.ge(0, error="no negative price")], nullable=True, required=False)


RAW_BARS: Final = pa.DataFrameSchema(
    {
        "date": pa.Column(
            "datetime64[ns]",
            pa.Check(lambda days: days == days.dt.normalize(), name="day", error="a date without a time of day"),
        ),
        "open": _other_price(),
        "high": _other_price(),
        "low": _other_price(),
        "close": pa.Column(float, [_FINITE, pa.Check.gt(0, error="a price above zero")]),
        "volume": pa.Column(
            float, [_FINITE, pa.Check.ge(0, error="no negative volume")], nullable=True, required=False
        ),
    },
    strict=True,
    name="raw daily bars",
)


def check_bars(frame: pd.DataFrame, where: str) -> None:
    """Refuses raw bars that break the schema.

    Args:
        frame: columns `date` (datetime64[ns]) and `close` (float64), of `open`, `high`, `low`, `volume` (float64) any;
            the index names the row of the source.
        where: what the message begins with, e.g. source and symbol.

    Raises:
        DataQualityError: names the first row with its date and column, what was expected and what came.
    """
    if frame.empty:
        raise DataQualityError(f"{where}: expected at least one row of prices, got none")
    try:
        RAW_BARS.validate(frame, lazy=True)
    except SchemaErrors as err:
        raise DataQualityError(f"{where}: {_first_failure(frame, err)}") from err


def _first_failure(frame: pd.DataFrame, err: SchemaErrors) -> str:
    cases = err.failure_cases
    rows = cases[cases["index"].notna()]
    if rows.empty:  # a column missing, surplus or of another type
        case = cases.iloc[0]
        if case["check"] == "column_in_dataframe":
            return f"column '{case['failure_case']}': expected it, got {', '.join(frame.columns)}"
        return f"column '{case['column']}': expected {case['check']}, got {case['failure_case']}"
    case = rows.sort_values("index", kind="stable").iloc[0]
    row, column = case["index"], case["column"]
    day = frame.loc[row, "date"]
    when = f" ({day:%Y-%m-%d})" if isinstance(day, pd.Timestamp) and column != "date" else ""
    missing = case["check"] == "not_nullable"
    expected, got = ("a value", "none") if missing else (case["check"], case["failure_case"])
    return f"row {row}{when}, column '{column}': expected {expected}, got {got}"
