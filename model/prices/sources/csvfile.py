"""CSV files of a user: Date and Close, optionally Open, High, Low and Volume, in the formats of common exports."""

import csv
import io
import re
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from model.contract.decimals import has_decimal_comma, to_decimal_point
from model.contract.errors import DataQualityError, SourceUnavailableError
from model.prices import calendars
from model.prices.schema import COLUMNS
from model.prices.sources.source import Progress, RawPrices, no_progress

_SEPARATORS: Final = (";", "\t", ",")
_EMPTY: Final = frozenset({"", "-", "null", "nan", "none", "n/a", "na"})
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

Rows = list[tuple[int, dict[str, str]]]  # line number, column -> text


class CsvSource:
    """Prices of one symbol in a CSV file with the columns Date and Close, and optionally Open, High, Low and Volume.

    Supported are the separators comma, semicolon and tab; decimal points and commas; ISO dates, with or without time
    and UTC offset, and DD/MM/YYYY; a byte order mark; and headers in upper or lower case. Other columns are ignored.
    The file contains no splits; prices are taken as traded.
    """

    name: Final = "csv"

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = no_progress) -> RawPrices:
        """Read the file as prices of the given symbol; see `Source.fetch`.

        The download time is the modification time of the file.

        Raises:
            SourceUnavailableError: The file cannot be read.
            DataQualityError: The file is not a valid table of prices. The message names row and column.
        """
        progress(0, 1, f"{self.name} {self._path.name}")
        try:
            content = self._path.read_bytes()
            written = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except OSError as err:
            raise SourceUnavailableError(f"csv: cannot read {self._path}: {err.strerror}") from err
        zone = calendars.timezone(calendars.calendar_of(symbol))
        frame = parse_csv(content, self._path.name, zone)
        progress(1, 1, f"{self.name} {self._path.name}")
        return RawPrices(symbol, self.name, frame, min(written, now))


def parse_csv(content: bytes, name: str, zone: tzinfo = UTC) -> pd.DataFrame:
    """Parse a table of prices.

    Args:
        content: Content of the file: UTF-8 with or without a byte order mark, or UTF-16 with one.
        name: Name of the file, for messages.
        zone: Time zone of the exchange. A time of day with an offset is converted to the date in this zone.

    Returns:
        A frame as in `RawPrices`; the index is the line number in the file (1 is the header).

    Raises:
        DataQualityError: The table is invalid. The message names the file, row and column, the expected value and the
            actual one.
    """
    rows = _read_rows(_decode(content, name), name)
    columns = [column for column in COLUMNS if column in rows[0][1]]
    numbers = columns[1:]
    comma = has_decimal_comma(text for _, row in rows for text in (row[column] for column in numbers))
    table: dict[str, list[object]] = {column: [] for column in columns}
    for line, row in rows:
        table["date"].append(_parse_date(row["date"], zone, f"{name}: row {line}, column 'Date'"))
        for column in numbers:
            where = f"{name}: row {line}, column '{column.capitalize()}'"
            table[column].append(_parse_number(row[column], where, comma=comma))
    frame = pd.DataFrame(table, index=pd.Index([line for line, _ in rows], name="row"))
    frame["date"] = frame["date"].astype("datetime64[ns]")
    return frame.astype(dict.fromkeys(numbers, np.float64))


def _decode(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as err:
        raise DataQualityError(f"{name}: expected text in UTF-8, got byte {content[err.start]:#04x}") from err


def _read_rows(text: str, name: str) -> Rows:
    header_line, _, _ = text.lstrip().partition("\n")
    separator = max(_SEPARATORS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] | None = None
    rows: Rows = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _read_header(cells, name)
                continue
            if len(cells) < len(header):
                raise DataQualityError(
                    f"{name}: row {reader.line_num}: expected {len(header)} columns, got {len(cells)}"
                )
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            rows.append((reader.line_num, row))
    except csv.Error as err:
        raise DataQualityError(f"{name}: row {reader.line_num}: expected comma-separated values, got {err}") from err
    if not rows:
        raise DataQualityError(
            f"{name}: expected a header and rows of prices, got {'a header only' if header else 'none'}"
        )
    return rows


def _read_header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    for column in ("date", "close"):
        if header.count(column) != 1:
            shown = ", ".join(cell.strip() for cell in cells)
            raise DataQualityError(f"{name}: expected one column '{column.capitalize()}' in the header, got: {shown}")
    return header


def _parse_date(text: str, zone: tzinfo, where: str) -> date:
    try:
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = (int(part) for part in match.groups())
            return date(year, month, day)
        stamp = datetime.fromisoformat(text)
    except ValueError as err:
        raise DataQualityError(f"{where}: expected a date as 2024-12-30 or 30/12/2024, got {text!r}") from err
    # Exports write the date of a daily bar as midnight with some offset: that is a date, not a time to convert.
    if stamp.tzinfo is not None and (stamp.hour, stamp.minute) != (0, 0):
        stamp = stamp.astimezone(zone)
    return stamp.date()


def _parse_number(text: str, where: str, *, comma: bool) -> float:
    if text.lower() in _EMPTY:
        return np.nan
    plain = to_decimal_point(text, comma=comma)
    if _NUMBER.fullmatch(plain) is None:
        raise DataQualityError(f"{where}: expected a number, got {text!r}")
    return float(plain)
