"""Schema of raw daily bars (pandera)."""

from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from model.contract.errors import DataQualityError

COLUMNS: Final = ("date", "open", "high", "low", "close", "volume")

_FINITE: Final = pa.Check(np.isfinite, name="finite", error="a finite number")


def _other_price() -> pa.Column:
    # Zero is allowed: it means "unknown" in old index data, and only closes enter computations.
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
    """Check raw bars against the schema.

    Args:
        frame: Columns `date` (datetime64[ns]) and `close` (float64); optionally `open`, `high`, `low` and `volume`
            (float64). The index is the row number in the source.
        where: Prefix of messages, e.g. source and symbol.

    Raises:
        DataQualityError: A value violates the schema. The message names the first row, its date and column, the
            expected value and the actual one.
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
    if rows.empty:  # a column is missing, unknown or of a wrong type
        case = cases.iloc[0]
        if case["check"] == "column_in_dataframe":
            return f"column '{case['failure_case']}': expected this column, got {', '.join(frame.columns)}"
        return f"column '{case['column']}': expected {case['check']}, got {case['failure_case']}"
    case = rows.sort_values("index", kind="stable").iloc[0]
    row, column = case["index"], case["column"]
    day = frame.loc[row, "date"]
    when = f" ({day:%Y-%m-%d})" if isinstance(day, pd.Timestamp) and column != "date" else ""
    missing = case["check"] == "not_nullable"
    expected, got = ("a value", "none") if missing else (case["check"], case["failure_case"])
    return f"row {row}{when}, column '{column}': expected {expected}, got {got}"
