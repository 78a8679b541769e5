import codecs
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from model.contract.errors import DataQualityError, SourceUnavailableError
from model.prices.schema import check_bars
from model.prices.sources.csvfile import CsvSource, parse_csv
from model.prices.sources.source import RawPrices
from tests.conftest import PricesFile


def _closes(text: str) -> list[tuple[str, float]]:
    frame = parse_csv(text.encode(), "a.csv")
    return [(f"{day:%Y-%m-%d}", close) for day, close in zip(frame["date"], frame["close"], strict=True)]


TWO = [("2024-12-27", 1234.5), ("2024-12-30", 36.17)]


@pytest.mark.parametrize(
    "text",
    [
        "Date,Close\n2024-12-27,1234.5\n2024-12-30,36.17\n",
        "date,CLOSE\r\n2024-12-27,1234.50\r\n2024-12-30,36.17\r\n",
        "\ufeffDate;Close\n27/12/2024;1234,5\n30/12/2024;36,17\n",
        "Date;Close\n27/12/2024;1.234,50\n30/12/2024;36,17\n",
        "Date\tClose\n27.12.2024\t1.234,50\n30.12.2024\t36,17",
        'Date,Close\n2024-12-27,"1,234.50"\n2024-12-30,36.17\n',
        'Date,Close\n2024-12-27,"1234,5"\n2024-12-30,"36,17"\n',
        "Date;Close\n2024-12-27;1234.5\n2024-12-30;36.17\n",
        " Date , Adj Close , Close \n\n 2024-12-27 , 1 , 1234.5 \n2024-12-30, 1, 36.17\n,,\n",
        "Date,Close\n2024-12-27 00:00:00-03:00,1234.5\n2024-12-30T00:00:00-03:00,36.17\n",
        "Date,Close\n2024-12-27 00:00:00,1234.5\n2024-12-30 00:00:00,36.17\n",
        "Close,Date\n1.2345e3,20241227\n36.17,20241230\n",
    ],
)
def test_supported_formats_give_the_same_table(text: str) -> None:
    assert _closes(text) == TWO


def test_utf_16_with_byte_order_mark_is_read() -> None:
    text = "Date\tClose\n2024-12-27\t1234.5\n"
    frame = parse_csv(codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "a.csv")
    assert frame["close"].tolist() == [1234.5]


def test_time_with_offset_is_converted_to_the_date_at_the_exchange() -> None:
    content = b"Date,Close\n2024-12-26 15:00:00+00:00,1\n2024-12-27 15:00:00Z,2\n"
    frame = parse_csv(content, "a.csv", ZoneInfo("Asia/Tokyo"))
    assert [day.date() for day in frame["date"]] == [date(2024, 12, 27), date(2024, 12, 28)]


def test_all_columns_and_thousands_separators_are_read() -> None:
    frame = parse_csv(
        b"Date;Open;High;Low;Close;Volume\n30/12/2024;36,00;36,50;35,90;36,17;33.461.800\n31/12/2024;;;;36;-\n", "a.csv"
    )
    check_bars(frame, "x")
    numbers = frame.drop(columns="date").to_numpy()
    assert numbers[0].tolist() == [36.0, 36.5, 35.9, 36.17, 33_461_800.0]
    assert np.isnan(numbers[1]).tolist() == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a.csv: expected a header and rows of prices, got none"),
        ("Date,Close\n", "a.csv: expected a header and rows of prices, got a header only"),
        ("Day,Close\n2024-12-30,1\n", "a.csv: expected one column 'Date' in the header, got: Day, Close"),
        ("Date,Adj Close\n2024-12-30,1\n", "a.csv: expected one column 'Close' in the header, got: Date, Adj Close"),
        ("Date,Close,close\n2024-12-30,1,1\n", "a.csv: expected one column 'Close' in the header"),
        ("Date,Close\n2024-12-30,1\n2024-12-31,abc\n", "a.csv: row 3, column 'Close': expected a number, got 'abc'"),
        ("Date,Close\n2024-12-30,1\n\n30 Dec,2\n", "a.csv: row 4, column 'Date': expected a date as 2024-12-30 or"),
        (
            "Date,Close\n12/30/2024,1\n",
            "row 2, column 'Date': expected a date as 2024-12-30 or 30/12/2024, got '12/30/2024'",
        ),
        ("Date,Open,Close\n2024-12-30,1\n", "a.csv: row 2: expected 3 columns, got 2"),
        ("Date,Open,Close\n2024-12-30,1e400x,1\n", "a.csv: row 2, column 'Open': expected a number, got '1e400x'"),
        ("Date,Close\n2024-12-30,nan0\n", "expected a number, got 'nan0'"),
    ],
)
def test_errors_name_row_and_column(text: str, expected: str) -> None:
    with pytest.raises(DataQualityError) as caught:
        parse_csv(text.encode(), "a.csv")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_binary_content_raises_data_quality_error() -> None:
    with pytest.raises(DataQualityError, match="expected text in UTF-8, got byte 0xff"):
        parse_csv(b"Date,Close\n\xff\xfe,1", "a.csv")


def test_missing_close_is_reported_by_the_schema() -> None:
    with pytest.raises(DataQualityError, match=r"row 3 \(2024-12-31\), column 'close': expected a value, got none"):
        check_bars(parse_csv(b"Date,Close\n2024-12-30,1\n2024-12-31,\n", "a.csv"), "csv")


def test_real_prices_match_pandas(prices_file: PricesFile, raw: RawPrices) -> None:
    frame = pd.read_csv(prices_file.path, parse_dates=["Date"])
    assert raw.frame["date"].tolist() == frame["Date"].tolist()
    for column in ("Open", "High", "Low", "Close", "Volume"):
        np.testing.assert_allclose(raw.frame[column.lower()], frame[column], rtol=1e-15)


def test_brazilian_export_of_real_prices_gives_the_same_table(prices_file: PricesFile, raw: RawPrices) -> None:
    frame = pd.read_csv(prices_file.path, parse_dates=["Date"])
    text = frame.to_csv(index=False, sep=";", decimal=",", date_format="%d/%m/%Y")
    pd.testing.assert_frame_equal(parse_csv(text.encode(), "a.csv"), raw.frame)


def test_download_time_is_the_modification_time(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Date,Close\n2024-12-30,1\n")
    got = CsvSource(path).fetch("PETR4.SA", now=now)
    assert got.downloaded_at == min(datetime.fromtimestamp(path.stat().st_mtime, UTC), now)
    assert (got.source, got.splits) == ("csv", None)


def test_unreadable_file_raises_source_unavailable_error(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(SourceUnavailableError, match=r"csv: cannot read .*no\.csv: No such file or directory"):
        CsvSource(tmp_path / "no.csv").fetch("PETR4.SA", now=now)
    with pytest.raises(SourceUnavailableError, match="Is a directory"):
        CsvSource(tmp_path).fetch("PETR4.SA", now=now)
