"""Closes that a visitor uploads or pastes: read, checked, and refused with the line and the reason."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from model.contract.errors import InvalidInputError
from model.contract.window import MAX_JUMP, WINDOW

# Column of ours -> what a header may call it, in lower case.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "data", "day", "session"),
    "close": ("close", "adj close", "fechamento", "último", "ultimo"),
    "open": ("open", "abertura"),
    "high": ("high", "máxima", "maxima"),
    "low": ("low", "mínima", "minima"),
}
_BARS: Final = ("open", "high", "low")
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")
_NUMBER: Final = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)")
_LIMIT: Final = 1_000_000  # characters; sixty rows have some 4,000


class ClosesError(InvalidInputError):
    """A table of closes that cannot be used.

    Attributes:
        key: which fault, as `texts` names it. values: what its sentence names.
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
    line: int
    cells: Mapping[str, str]


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
    closes = [_price(row, "close") for row in rows][-WINDOW:]
    days = _dates(rows)[-WINDOW:]
    if not allow_jumps:
        _check_jumps(shown, closes)
    return Closes(tuple(closes), tuple(days), tuple(_bars(shown)), len(rows) - WINDOW)


def _rows(text: str) -> list[_Row]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        return []
    if len(lines) == 1:
        return [_Row(i, {"close": part}) for i, part in enumerate(_parts(lines[0][1]), 1)]
    divider = _divider([line for _, line in lines])
    table = [(number, _cells(line, divider)) for number, line in lines]
    columns, table = _columns(table)
    return [_row(number, cells, columns) for number, cells in table]


def _parts(line: str) -> list[str]:
    """Closes on one line: between semicolons or blanks, else between commas."""
    line = line.strip().strip("[]")
    return [part for part in re.split(r"[;\s]+" if re.search(r"[;\s]", line) else ",", line) if part.strip(",")]


def _divider(lines: Sequence[str]) -> str:
    for divider in (";", "\t"):
        if divider in lines[0]:
            return divider
    # 36,19 alone on a line is a number with a decimal comma.
    return "\0" if all(_is_number(line) for line in lines[1:]) and lines[0].count(",") <= 1 else ","


def _cells(line: str, divider: str) -> list[str]:
    if divider == "\0":
        return [line.strip()]
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=divider))]


def _columns(table: list[tuple[int, list[str]]]) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Where each column stands, and the rows without the header."""
    first = [cell.lower() for cell in table[0][1]]
    found = {name: first.index(known) for name, many in _NAMES.items() for known in many if known in first}
    if "close" in found:
        return found, table[1:]
    if any(_is_number(cell) for cell in first):
        if len(first) == 1:
            return {"close": 0}, table
        if len(first) == 2:
            return {"date": 0, "close": 1}, table
        raise ClosesError("no_header", got=len(first))
    raise ClosesError("no_column", got=", ".join(table[0][1])[:80])


def _row(line: int, cells: list[str], columns: Mapping[str, int]) -> _Row:
    expected = max(columns.values()) + 1
    if len(cells) < expected:
        raise ClosesError("cells", line=line, expected=expected, got=len(cells))
    return _Row(line, {name: cells[place] for name, place in columns.items()})


def _check_count(rows: Sequence[_Row]) -> None:
    if len(rows) < WINDOW:
        for row in rows:  # a wrong row is told before a missing one
            _price(row, "close")
        raise ClosesError("too_few", expected=WINDOW, got=len(rows))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _price(row: _Row, column: str) -> float:
    text = row.cells[column].strip().strip(",")
    if not text:
        raise ClosesError("missing", line=row.line, column=column)
    if not _is_number(text):
        raise ClosesError("not_number", line=row.line, column=column, got=text[:40])
    comma, point = text.rfind(","), text.rfind(".")
    # The later of the two is the decimal mark, the other one parts thousands.
    plain = text.replace(".", "").replace(",", ".") if comma > point else text.replace(",", "")
    try:
        price = float(plain)
    except ValueError as error:
        raise ClosesError("not_number", line=row.line, column=column, got=text[:40]) from error
    if not 0 < price < float("inf"):
        raise ClosesError("not_positive", line=row.line, column=column, got=text[:40])
    return price


def _dates(rows: Sequence[_Row]) -> list[date]:
    if "date" not in rows[0].cells:
        return []
    days = [_date(row) for row in rows]
    for (former, day), row in zip(pairwise(days), rows[1:], strict=True):
        if day <= former:
            raise ClosesError("order", line=row.line, former=former, got=day)
    return days


def _date(row: _Row) -> date:
    text = row.cells["date"]
    for form in _DATES:
        try:
            # A day has no time zone; what follows it, as in 2024-12-30 00:00:00, is left out.
            return datetime.strptime(text.split(" ")[0].split("T")[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ClosesError("date", line=row.line, got=text[:40])


def _check_jumps(rows: Sequence[_Row], closes: Sequence[float]) -> None:
    for (former, close), row in zip(pairwise(closes), rows[1:], strict=True):
        if not 1 / MAX_JUMP <= close / former <= MAX_JUMP:
            raise ClosesError("jump", line=row.line, limit=MAX_JUMP, former=former, got=close)


def _bars(rows: Sequence[_Row]) -> list[tuple[float, float, float]]:
    """Open, high and low of each row; none where one is missing: they are drawn, not computed with."""
    if any(not _is_number(row.cells.get(name, "")) for row in rows for name in _BARS):
        return []
    try:
        return [(_price(row, "open"), _price(row, "high"), _price(row, "low")) for row in rows]
    except ClosesError:
        return []
