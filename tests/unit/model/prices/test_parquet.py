from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.contract.errors import DataQualityError
from model.prices.parquet import decode, encode
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries

Cleaned = tuple[PriceSeries, QualityReport]


def test_decode_restores_the_encoded_series(cleaned: Cleaned) -> None:
    series = cleaned[0]
    got = decode(encode(series, ()), "x")
    assert got.digest == series.digest
    np.testing.assert_array_equal(got.close, series.close)
    for name in ("symbol", "source", "downloaded_at", "calendar", "upcoming", "first", "last"):
        assert getattr(got, name) == getattr(series, name)


def test_invalid_series_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    invalid = [
        (replace(series, dates=series.dates[::-1]), "expected increasing dates"),
        (replace(series, close=series.close[1:]), "expected as many dates as closes"),
        (
            replace(series, adjusted=np.where(series.dates == series.dates[3], np.nan, series.adjusted)),
            "got adjusted nan",
        ),
        (replace(series, close=-series.close), f"{series.first}: expected a price above zero, got close -"),
        (replace(series, upcoming=()), "expected the sessions after"),
    ]
    for candidate, expected in invalid:
        with pytest.raises(DataQualityError, match=expected):
            encode(candidate, ())


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_truncated_file_is_refused(cleaned: Cleaned, length: int) -> None:
    with pytest.raises(DataQualityError, match="prices of X: expected a Parquet file"):
        decode(encode(cleaned[0], ())[:length], "X")


def test_parquet_file_without_metadata_is_refused() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1.0]}), sink)
    with pytest.raises(DataQualityError, match="prices of X: expected a Parquet file"):
        decode(sink.getvalue().to_pybytes(), "X")
