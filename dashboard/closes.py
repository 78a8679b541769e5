"""Closes that a visitor uploads or pastes: read, checked, and refused with the line and the reason."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from model.contract.decimals import decimal_comma, with_point
from model.contract.errors import InvalidInputError
from model.contract.window import MAX_JUMP, WINDOW

# Column of ours -> what a header may call it, in lower case.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "data", "day", "session"),
    "close": ("close", "fechamento", "último", "ultimo"),
    "open": ("open", "abertura"),
    "high": ("high", "máxima", "maxima"),
    "low": ("low", "mínima", "minima"),
}
_BARS: Final = ("open", "high", "low")
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")
# Thousands parted by points or commas, or none.
_NUMBER: Final = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}(,\d{3})+(\.\d+)?|\d+([.,]\d*)?|[.,]\d+)")
_LARGEST: Final = 1e15  # a price over it is no price, and more than words can be made of
_LIMIT: Final = 1_000_000  # characters; sixty rows have some 4,000


class ClosesError(InvalidInputError):
    """A table of closes that cannot be used.

    Attributes:
        key: which fault, as `texts` names it.
        values: what its sentence names. Where it is: `value`, which of the closes on one line, or `line`, and of
            prices `column` as the header calls it, where there is a header.
    """

    def __init__(self, key: str, **values: str | float | date) -> None:
        super().__init__(f"{key}: " + ", ".join(f"{name} {value!r}" for name, value in values.items()))
        self.key = f"closes.{key}"
        self.values = values


@dataclass(frozen=True, slots=True)
class Closes:
    """Sixty closes, oldest first, in price units.

    Attributes:
        closes: 60. dates: 60, or none where the table has none. bars: open, high and low of each; none likewise.
        left_out: older rows that were not taken.
    """

    closes: tuple[float, ...]
    dates: tuple[date, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    place: Mapping[str, int]  # its line, or which value of the one line it is
    cells: Mapping[str, str]
    called: Mapping[str, str]  # column of ours -> what the header calls it


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, or what Excel writes in Western Europe and Brazil.

    Raises:
        ClosesError: it is no text.
    """
    if b"\0" in content:
        raise ClosesError("not_text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_closes(text: str, *, allow_jumps: bool = False) -> Closes:
    """Reads a table with a column of closes, or closes alone, one a line or all on one line.

    Fields stand between commas, semicolons or tabs; decimals have a point or a comma; dates are 2024-12-30 or
    30/12/2024. Columns without a header are date and close, or close alone.

    Args:
        text: the table; of more than 60 rows the last 60 are taken.
        allow_jumps: let a change by more than a factor of `MAX_JUMP` in a day pass.

    Raises:
        ClosesError: names the line and the reason.
    """
    if len(text) > _LIMIT:
        raise ClosesError("too_long", limit=_LIMIT, got=len(text))
    rows = _rows(text)
    if not rows:
        raise ClosesError("empty")
    _check_count(rows)
    shown = rows[-WINDOW:]
    comma = _comma(rows)
    closes = [_price(row, "close", comma=comma) for row in rows][-WINDOW:]
    days = _dates(rows)[-WINDOW:]
    if not allow_jumps:
        _check_jumps(shown, closes)
    return Closes(tuple(closes), tuple(days), tuple(_bars(shown, comma=comma)), len(rows) - WINDOW)


def _rows(text: str) -> list[_Row]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        return []
    if len(lines) == 1:
        return [_Row({"value": i}, {"close": part}, {}) for i, part in enumerate(_parts(lines[0][1]), 1)]
    divider = _divider([line for _, line in lines])
    table = [(number, _cells(line, divider)) for number, line in lines]
    width = len(table[0][1])
    columns, rows = _columns(table)
    called = {} if rows is table else {name: table[0][1][place][:40] for name, place in columns.items()}
    return [_Row({"line": number}, _named(number, cells, columns, width), called) for number, cells in rows]


def _parts(line: str) -> list[str]:
    """Closes on one line: between semicolons or blanks, else between commas."""
    line = line.strip().strip("[]")
    return [part for part in re.split(r"[;\s]+" if re.search(r"[;\s]", line) else ",", line) if part.strip(",")]


def _divider(lines: Sequence[str]) -> str:
    for divider in (";", "\t"):
        if divider in lines[0]:
            return divider
    # 36,19 alone on a line is a number with a decimal comma.
    alone = "," not in lines[0] or _is_number(lines[0])
    return "\0" if alone and all(map(_is_number, lines[1:])) else ","


def _cells(line: str, divider: str) -> list[str]:
    if divider == "\0":
        return [line.strip()]
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=divider))]
    except csv.Error as error:  # a field of some hundred thousand characters
        raise ClosesError("not_text") from error


def _columns(table: list[tuple[int, list[str]]]) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Where each column stands, and the rows without the header."""
    first = [cell.lower() for cell in table[0][1]]
    found = {
        name: next(first.index(known) for known in many if known in first)
        for name, many in _NAMES.items()
        if not set(many).isdisjoint(first)
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
    # More than there are columns: a decimal comma between fields that commas part, most likely.
    if len(cells) <= max(columns.values()) or any(cells[width:]):
        raise ClosesError("cells", line=line, expected=width, got=len(cells))
    return {name: cells[place] for name, place in columns.items()}


def _check_count(rows: Sequence[_Row]) -> None:
    if len(rows) < WINDOW:
        for row in rows:  # a wrong row is told before a missing one
            _price(row, "close", comma=False)
        raise ClosesError("too_few", expected=WINDOW, got=len(rows))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _comma(rows: Sequence[_Row]) -> bool:
    texts = (row.cells[name].strip() for row in rows for name in ("close", *_BARS) if name in row.cells)
    return decimal_comma(text for text in texts if _is_number(text))


def _price(row: _Row, column: str, *, comma: bool) -> float:
    text = row.cells[column].strip().strip(",")
    where: dict[str, str | int] = dict(row.place)
    if column in row.called:
        where["column"] = row.called[column]
    if not text:
        raise ClosesError("missing", **where)
    if not _is_number(text):
        raise ClosesError("not_number", **where, got=text[:40])
    try:
        price = float(with_point(text, comma=comma))
    except ValueError as error:
        raise ClosesError("not_number", **where, got=text[:40]) from error
    if price >= _LARGEST:
        raise ClosesError("not_number", **where, got=text[:40])
    if not price > 0:
        raise ClosesError("not_positive", **where, got=text[:40])
    return price


def _dates(rows: Sequence[_Row]) -> list[date]:
    if "date" not in rows[0].cells:
        return []
    days = [_date(row) for row in rows]
    for (former, day), row in zip(pairwise(days), rows[1:], strict=True):
        if day <= former:
            raise ClosesError("order", **row.place, former=former, got=day)
    return days


def _date(row: _Row) -> date:
    text = row.cells["date"]
    for form in _DATES:
        try:
            # A day has no time zone; what follows it, as in 2024-12-30 00:00:00, is left out.
            return datetime.strptime(text.split(" ")[0].split("T")[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ClosesError("date", **row.place, got=text[:40])


def _check_jumps(rows: Sequence[_Row], closes: Sequence[float]) -> None:
    for (former, close), row in zip(pairwise(closes), rows[1:], strict=True):
        if not 1 / MAX_JUMP <= close / former <= MAX_JUMP:
            raise ClosesError("jump", **row.place, limit=MAX_JUMP, former=former, got=close)


def _bars(rows: Sequence[_Row], *, comma: bool) -> list[tuple[float, float, float]]:
    """Open, high and low of each row; none where one is missing: they are drawn, not computed with."""
    if any(not _is_number(row.cells.get(name, "")) for row in rows for name in _BARS):
        return []
    try:
        return [tuple(_price(row, name, comma=comma) for name in _BARS) for row in rows]  # type: ignore[misc]  # three
    except ClosesError:
        return []
