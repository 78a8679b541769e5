"""Closes that a visitor uploads or pastes: parse and check them, and report the line and the reason of an error."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from model.contract.decimals import has_decimal_comma, to_decimal_point
from model.contract.errors import InvalidInputError
from model.contract.window import MAX_JUMP, WINDOW

# Column -> accepted header cells, in lower case.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "data", "day", "session"),
    "close": ("close", "fechamento", "último", "ultimo"),
    "open": ("open", "abertura"),
    "high": ("high", "máxima", "maxima"),
    "low": ("low", "mínima", "minima"),
}
_BARS: Final = ("open", "high", "low")
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")
# Thousands are separated by points or commas, or not at all.
_NUMBER: Final = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}(,\d{3})+(\.\d+)?|\d+([.,]\d*)?|[.,]\d+)")
_MAX_PRICE: Final = 1e15
_MAX_CHARACTERS: Final = 1_000_000  # 60 rows have about 4,000


class ClosesError(InvalidInputError):
    """A table of closes that cannot be used.

    Attributes:
        key: Key of the error message in `texts`.
        values: Values for the message. The position is `value`, the index of a close on a single line, or `line`, and
            for a price also `column`, its name in the header, if there is a header.
    """

    def __init__(self, key: str, **values: str | float | date) -> None:
        super().__init__(f"{key}: " + ", ".join(f"{name} {value!r}" for name, value in values.items()))
        self.key = f"closes.{key}"
        self.values = values


@dataclass(frozen=True, slots=True)
class Closes:
    """Sixty closes, oldest first, in price units.

    Attributes:
        closes: 60 closes.
        dates: 60 dates; empty if the table has no dates.
        bars: 60 times open, high and low; empty if the table lacks any of them.
        ignored_rows: Number of older rows that were ignored.
    """

    closes: tuple[float, ...]
    dates: tuple[date, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    ignored_rows: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    position: Mapping[str, int]  # its line, or its index among the values of a single line
    cells: Mapping[str, str]
    header: Mapping[str, str]  # column -> its name in the header


def decode(content: bytes) -> str:
    """Decode a file as UTF-8, or as Windows-1252, which Excel writes in Western Europe and Brazil.

    Raises:
        ClosesError: The file is not text.
    """
    if b"\0" in content:
        raise ClosesError("not_text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_closes(text: str, *, allow_jumps: bool = False) -> Closes:
    """Parse a table with a column of closes, or closes alone, one per line or all on one line.

    Fields are separated by commas, semicolons or tabs; decimals have a point or a comma; dates are written 2024-12-30
    or 30/12/2024. Columns without a header are date and close, or close alone.

    Args:
        text: The table. If it has more than 60 rows, the last 60 are used.
        allow_jumps: Accept a change by more than a factor of `MAX_JUMP` from one close to the next.

    Raises:
        ClosesError: The table cannot be used; names the line and the reason.
    """
    if len(text) > _MAX_CHARACTERS:
        raise ClosesError("too_long", limit=_MAX_CHARACTERS, got=len(text))
    rows = _rows(text)
    if not rows:
        raise ClosesError("empty")
    _check_count(rows)
    used = rows[-WINDOW:]
    comma = _comma(rows)
    closes = [_price(row, "close", comma=comma) for row in rows][-WINDOW:]
    days = _dates(rows)[-WINDOW:]
    if not allow_jumps:
        _check_jumps(used, closes)
    return Closes(tuple(closes), tuple(days), tuple(_bars(used, comma=comma)), len(rows) - WINDOW)


def _rows(text: str) -> list[_Row]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        return []
    if len(lines) == 1:
        return [_Row({"value": i}, {"close": part}, {}) for i, part in enumerate(_parts(lines[0][1]), 1)]
    delimiter = _delimiter([line for _, line in lines])
    table = [(number, _cells(line, delimiter)) for number, line in lines]
    width = len(table[0][1])
    columns, rows = _columns(table)
    header = {} if rows is table else {name: table[0][1][index][:40] for name, index in columns.items()}
    return [_Row({"line": number}, _named(number, cells, columns, width), header) for number, cells in rows]


def _parts(line: str) -> list[str]:
    """Split closes on one line at semicolons or whitespace; if it has neither, at commas."""
    line = line.strip().strip("[]")
    return [part for part in re.split(r"[;\s]+" if re.search(r"[;\s]", line) else ",", line) if part.strip(",")]


def _delimiter(lines: Sequence[str]) -> str:
    for delimiter in (";", "\t"):
        if delimiter in lines[0]:
            return delimiter
    # A line such as "36,19" is one number with a decimal comma.
    single = "," not in lines[0] or _is_number(lines[0])
    return "\0" if single and all(map(_is_number, lines[1:])) else ","


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "\0":
        return [line.strip()]
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter))]
    except csv.Error as error:  # a field longer than `csv.field_size_limit`
        raise ClosesError("not_text") from error


def _columns(table: list[tuple[int, list[str]]]) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Return the index of each column, and the rows without the header."""
    first = [cell.lower() for cell in table[0][1]]
    found = {
        name: next(first.index(known) for known in aliases if known in first)
        for name, aliases in _NAMES.items()
        if not set(aliases).isdisjoint(first)
    }
    if "close" in found:
        return found, table[1:]
    if any(_is_number(cell) for cell in first):
        if len(first) == 1:
            return {"close": 0}, table
        if len(first) == 2:
            return {"date": 0, "close": 1}, table
        raise ClosesError("no_header", got=len(first))
    raise ClosesError("no_column", got=", ".join(table[0][1])[:80])


def _named(line: int, cells: list[str], columns: Mapping[str, int], width: int) -> dict[str, str]:
    # Too many fields most likely mean decimal commas in a table that commas separate.
    if len(cells) <= max(columns.values()) or any(cells[width:]):
        raise ClosesError("cells", line=line, expected=width, got=len(cells))
    return {name: cells[index] for name, index in columns.items()}


def _check_count(rows: Sequence[_Row]) -> None:
    if len(rows) < WINDOW:
        for row in rows:  # report an invalid row rather than missing rows
            _price(row, "close", comma=False)
        raise ClosesError("too_few", expected=WINDOW, got=len(rows))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _comma(rows: Sequence[_Row]) -> bool:
    texts = (row.cells[name].strip() for row in rows for name in ("close", *_BARS) if name in row.cells)
    return has_decimal_comma(text for text in texts if _is_number(text))


def _price(row: _Row, column: str, *, comma: bool) -> float:
    text = row.cells[column].strip().strip(",")
    position: dict[str, str | int] = dict(row.position)
    if column in row.header:
        position["column"] = row.header[column]
    if not text:
        raise ClosesError("missing", **position)
    if not _is_number(text):
        raise ClosesError("not_number", **position, got=text[:40])
    try:
        price = float(to_decimal_point(text, comma=comma))
    except ValueError as error:
        raise ClosesError("not_number", **position, got=text[:40]) from error
    if price >= _MAX_PRICE:
        raise ClosesError("not_number", **position, got=text[:40])
    if not price > 0:
        raise ClosesError("not_positive", **position, got=text[:40])
    return price


def _dates(rows: Sequence[_Row]) -> list[date]:
    if "date" not in rows[0].cells:
        return []
    days = [_date(row) for row in rows]
    for (former, day), row in zip(pairwise(days), rows[1:], strict=True):
        if day <= former:
            raise ClosesError("order", **row.position, former=former, got=day)
    return days


def _date(row: _Row) -> date:
    text = row.cells["date"]
    for form in _DATES:
        try:
            # Only the day is parsed, without a time such as in 2024-12-30 00:00:00; a day has no time zone.
            return datetime.strptime(text.split(" ")[0].split("T")[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ClosesError("date", **row.position, got=text[:40])


def _check_jumps(rows: Sequence[_Row], closes: Sequence[float]) -> None:
    for (former, close), row in zip(pairwise(closes), rows[1:], strict=True):
        if not 1 / MAX_JUMP <= close / former <= MAX_JUMP:
            raise ClosesError("jump", **row.position, limit=MAX_JUMP, former=former, got=close)


def _bars(rows: Sequence[_Row], *, comma: bool) -> list[tuple[float, float, float]]:
    """Return open, high and low of each row; empty if any is missing or invalid, because they are only drawn."""
    if any(not _is_number(row.cells.get(name, "")) for row in rows for name in _BARS):
        return []
    try:
        return [tuple(_price(row, name, comma=comma) for name in _BARS) for row in rows]  # type: ignore[misc]  # three
    except ClosesError:
        return []
