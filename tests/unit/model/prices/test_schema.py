import numpy as np
import pandas as pd
import pytest

from model.contract.errors import DataQualityError
from model.prices.schema import check_bars
from model.prices.sources.source import RawPrices


def _with_value(raw: RawPrices, column: str, value: float | pd.Timestamp) -> pd.DataFrame:
    frame = raw.frame.copy()
    frame.loc[frame.index[5], column] = value
    return frame


def test_real_bars_are_valid(raw: RawPrices) -> None:
    check_bars(raw.frame, "x")
    check_bars(raw.frame[["date", "close"]], "x")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("close", np.nan, "expected a value, got none"),
        ("close", 0.0, r"expected a price above zero, got 0\.0"),
        ("close", -1.5, r"expected a price above zero, got -1\.5"),
        ("close", np.inf, "expected a finite number, got inf"),
        ("open", -1.0, r"expected no negative price, got -1\.0"),
        ("volume", -3.0, r"expected no negative volume, got -3\.0"),
    ],
)
def test_error_names_the_first_invalid_value(raw: RawPrices, column: str, value: float, expected: str) -> None:
    frame = _with_value(raw, column, value)
    day = frame["date"].iloc[5]
    with pytest.raises(DataQualityError, match=rf"^csv X: row 7 \({day:%Y-%m-%d}\), column '{column}': {expected}$"):
        check_bars(frame, "csv X")


def test_date_with_time_of_day_is_refused(raw: RawPrices) -> None:
    frame = _with_value(raw, "date", raw.frame["date"].iloc[5] + pd.Timedelta(hours=3))
    with pytest.raises(DataQualityError, match="column 'date': expected a date without a time of day"):
        check_bars(frame, "x")


def test_missing_columns_wrong_types_and_empty_tables_are_refused(raw: RawPrices) -> None:
    with pytest.raises(DataQualityError, match="column 'close'"):
        check_bars(raw.frame.drop(columns="close"), "x")
    with pytest.raises(DataQualityError, match="column 'close'"):
        check_bars(raw.frame.astype({"close": str}), "x")
    with pytest.raises(DataQualityError, match="expected at least one row"):
        check_bars(raw.frame.iloc[:0], "x")
