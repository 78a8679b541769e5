from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.contract.errors import DataQualityError
from model.prices.parquet import decode, encode
from model.prices.quality import QualityReport
from model.prices.series import DailyBars, PriceSeries

Cleaned = tuple[PriceSeries, QualityReport]


def test_decode_restores_the_encoded_series(cleaned: Cleaned) -> None:
    series = cleaned[0]
    got = decode(encode(series, ()), "x")
    assert got.digest == series.digest
    np.testing.assert_array_equal(got.close, series.close)
    for name, values in series.bars.columns().items():
        np.testing.assert_array_equal(got.bars.columns()[name], values)
    for name in ("symbol", "source", "downloaded_at", "calendar", "upcoming", "first", "last"):
        assert getattr(got, name) == getattr(series, name)


def test_invalid_series_is_refused(cleaned: Cleaned) -> None:
    series = cleaned[0]
    invalid = [
        (replace(series, dates=series.dates[::-1]), "expected increasing dates"),
        (replace(series, close=series.close[1:]), "expected as many values of close as dates"),
        (
            replace(series, adjusted=np.where(series.dates == series.dates[3], np.nan, series.adjusted)),
            "got adjusted nan",
        ),
        (replace(series, close=-series.close), f"{series.first}: expected a price above zero, got close -"),
        (
            replace(series, bars=replace(series.bars, high=series.bars.low / 2)),
            f"{series.first}: expected low <= open, close",
        ),
        (replace(series, bars=DailyBars.unknown(3)), "expected as many values of open as dates"),
        (replace(series, upcoming=()), "expected the sessions after"),
    ]
    for candidate, expected in invalid:
        with pytest.raises(DataQualityError, match=expected):
            encode(candidate, ())


def test_file_of_an_earlier_release_has_closes_only(cleaned: Cleaned) -> None:
    file = pq.ParquetFile(pa.BufferReader(encode(cleaned[0], ())))
    sink = pa.BufferOutputStream()
    pq.write_table(file.read(["date", "close", "adjusted"]), sink)
    got = decode(sink.getvalue().to_pybytes(), "X")
    np.testing.assert_array_equal(got.adjusted, cleaned[0].adjusted)
    assert all(np.isnan(values).all() for values in got.bars.columns().values())


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_truncated_file_is_refused(cleaned: Cleaned, length: int) -> None:
    with pytest.raises(DataQualityError, match="prices of X: expected a Parquet file"):
        decode(encode(cleaned[0], ())[:length], "X")


def test_parquet_file_without_metadata_is_refused() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1.0]}), sink)
    with pytest.raises(DataQualityError, match="prices of X: expected a Parquet file"):
        decode(sink.getvalue().to_pybytes(), "X")
