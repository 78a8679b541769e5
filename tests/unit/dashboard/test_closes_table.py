from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.closes_table import Closes, ClosesError, decode, read_closes
from dashboard.languages import LANGUAGES
from dashboard.texts import Texts

PRICES = [round(30 + 0.07 * (day % 11) + 0.02 * day, 2) for day in range(62)]
DAYS = [date(2024, 10, 1) + timedelta(days=day) for day in range(62)]


def table(header: str = "Date,Close", delimiter: str = ",", rows: int = 60) -> list[str]:
    lines = [f"{day}{delimiter}{price}" for day, price in zip(DAYS[:rows], PRICES[:rows], strict=True)]
    return [header, *lines] if header else lines


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def refused(content: str, **options: bool) -> ClosesError:
    with pytest.raises(ClosesError) as raised:
        read_closes(content, **options)
    return raised.value


def test_table_with_date_and_close_is_parsed() -> None:
    found = read_closes(text(table()))
    assert found == Closes(tuple(PRICES[:60]), tuple(DAYS[:60]))


@pytest.mark.parametrize(
    "content",
    [
        text(table("Data;Fechamento", ";")),
        text(table("date\tclose", "\t")),
        text(table("")),
        text(["Close", *map(str, PRICES[:60])]),
        text([str(price) for price in PRICES[:60]]),
        text([str(price).replace(".", ",") for price in PRICES[:60]]),
        " ".join(map(str, PRICES[:60])),
        ", ".join(map(str, PRICES[:60])),
        "[" + ",".join(map(str, PRICES[:60])) + "]",
        "; ".join(str(price).replace(".", ",") for price in PRICES[:60]),
        text(["Open;Close;Note", *(f"1;{str(price).replace('.', ',')};x" for price in PRICES[:60])]),
        text(["Data;Último", *(f"{day:%d/%m/%Y};{price}" for day, price in zip(DAYS[:60], PRICES[:60], strict=True))]),
        text(["", *table(), "", ""]),
        text(table()).replace("\n", "\r\n"),
    ],
)
def test_other_formats_are_parsed(content: str) -> None:
    assert read_closes(content).closes == tuple(PRICES[:60])


def test_last_60_rows_are_used() -> None:
    found = read_closes(text(table(rows=62)))
    assert found.closes == tuple(PRICES[2:])
    assert found.dates == tuple(DAYS[2:])
    assert found.ignored_rows == 2


def test_bars_are_read_only_if_complete() -> None:
    lines = [
        f"{day},{p - 0.1:.2f},{p + 0.3:.2f},{p - 0.2:.2f},{p}" for day, p in zip(DAYS[:60], PRICES[:60], strict=True)
    ]
    complete = read_closes(text(["Date,Open,High,Low,Close", *lines]))
    assert complete.bars[0] == (29.9, 30.3, 29.8)
    assert len(complete.bars) == 60
    gap = [*lines[:7], lines[7].replace(f"{PRICES[7] + 0.3:.2f}", ""), *lines[8:]]
    assert read_closes(text(["Date,Open,High,Low,Close", *gap])).bars == ()


def with_line(line: int, content: str) -> Callable[[], str]:
    def make() -> str:
        lines = table()
        lines[line - 1] = content
        return text(lines)

    return make


@pytest.mark.parametrize(
    ("make", "key", "values"),
    [
        (lambda: "", "empty", {}),
        (lambda: "\n \n", "empty", {}),
        (lambda: "x" * 1_000_001, "too_long", {"limit": 1_000_000, "got": 1_000_001}),
        (lambda: text(table(rows=45)), "too_few", {"expected": 60, "got": 45}),
        (lambda: "36.1 36.2", "too_few", {"expected": 60, "got": 2}),
        (lambda: "36.1 abc", "not_number", {"value": 2, "got": "abc"}),
        (lambda: "36,1; -2", "not_positive", {"value": 2, "got": "-2"}),
        (lambda: " ".join(["36.1"] * 59 + ["361"]), "jump", {"value": 60, "limit": 3, "former": 36.1, "got": 361}),
        (lambda: "36.1\nabc", "not_number", {"line": 2, "got": "abc"}),
        (lambda: text([*table("", rows=59), "2024-12-31,x"]), "not_number", {"line": 60, "got": "x"}),
        (lambda: text(table("Date,Price")), "no_column", {"got": "Date, Price"}),
        (lambda: text(["1,2,3", *["1,2,3"] * 59]), "no_header", {"got": 3}),
        (with_line(17, "2024-10-16"), "cells", {"line": 17, "expected": 2, "got": 1}),
        (with_line(17, "2024-10-16,"), "missing", {"line": 17, "column": "Close"}),
        (with_line(17, "2024-10-16,n/a"), "not_number", {"line": 17, "column": "Close", "got": "n/a"}),
        (with_line(17, "2024-10-16,1.2.3"), "not_number", {"line": 17, "column": "Close", "got": "1.2.3"}),
        (with_line(17, "2024-10-16,nan"), "not_number", {"line": 17, "column": "Close", "got": "nan"}),
        (with_line(17, "2024-10-16,0"), "not_positive", {"line": 17, "column": "Close", "got": "0"}),
        (with_line(17, "2024-10-16,-3"), "not_positive", {"line": 17, "column": "Close", "got": "-3"}),
        (with_line(17, f"2024-10-16,{'9' * 400}"), "not_number", {"line": 17, "column": "Close", "got": "9" * 40}),
        (with_line(17, "16.10.2024,31"), "date", {"line": 17, "got": "16.10.2024"}),
        (
            with_line(17, "2024-10-15,31"),
            "order",
            {"line": 17, "former": date(2024, 10, 15), "got": date(2024, 10, 15)},
        ),
        (with_line(17, "2024-10-16,310"), "jump", {"line": 17, "limit": 3, "former": 30.49, "got": 310}),
    ],
)
def test_error_has_position_and_reason(make: Callable[[], str], key: str, values: dict[str, object]) -> None:
    error = refused(make())
    assert (error.key, error.values) == (f"closes.{key}", values)
    for language in LANGUAGES:
        message = Texts(language).error(error)
        assert all(value in message for value in values.values() if isinstance(value, str))
        assert "{" not in message


@pytest.mark.parametrize(
    ("content", "english", "portuguese"),
    [
        (
            text([*table("Data;FECHAMENTO", ";", 59), "2024-12-31;x"]),
            "Line 61, column FECHAMENTO: expected a price",
            "Linha 61, coluna FECHAMENTO: esperado um preço",
        ),
        (
            text(["Último", *["31"] * 59, "0"]),
            "Line 61, column Último: expected a price",
            "Linha 61, coluna Último: esperado um preço",
        ),
        (text(["31"] * 59 + ["x"]), "Line 60: expected a price", "Linha 60: esperado um preço"),
        ("31 " * 59 + "x", "Value 60: expected a price", "Valor 60: esperado um preço"),
        ("31 " * 59 + "310", "Value 60: expected a move", "Valor 60: esperada uma variação"),
        (text([*table(rows=59), "2024-01-01,31"]), "Line 61: expected a date", "Linha 61: esperada uma data"),
    ],
)
def test_error_names_line_and_column_of_the_header(content: str, english: str, portuguese: str) -> None:
    error = refused(content)
    assert Texts("en").error(error).startswith(english)
    assert Texts("pt-BR").error(error).startswith(portuguese)


def test_newest_first_is_refused() -> None:
    header, *lines = table()
    assert refused(text([header, *reversed(lines)])).values == {
        "line": 3, "former": DAYS[59], "got": DAYS[58]
    }  # fmt: skip


def test_jump_is_accepted_if_allowed() -> None:
    content = with_line(17, "2024-10-16,310")()
    assert read_closes(content, allow_jumps=True).closes[15] == 310


def test_files_are_decoded() -> None:
    assert decode(b"\xef\xbb\xbfDate,Close\n") == "Date,Close\n"
    assert decode("Data;Último\n".encode("cp1252")) == "Data;Último\n"
    with pytest.raises(ClosesError) as raised:
        decode(b"PK\x03\x04\x00\x00")
    assert raised.value.key == "closes.not_text"


@given(st.text(max_size=400))
def test_any_text_is_parsed_or_refused(content: str) -> None:
    with suppress(ClosesError):
        assert len(read_closes(content).closes) == 60


def test_closes_are_preferred_to_dividend_adjusted_closes() -> None:
    lines = [f"{day},{price},{price * 0.9:.4f}" for day, price in zip(DAYS[:60], PRICES[:60], strict=True)]
    assert read_closes(text(["Date,Close,Adj Close", *lines])).closes == tuple(PRICES[:60])
    assert refused(text(["Date,Adj Close", *lines])).key == "closes.no_column"


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ([f"{day:%Y%m%d},{price}" for day, price in zip(DAYS[:60], PRICES[:60], strict=True)], "date"),
        ([f"{number},{price}" for number, price in enumerate(PRICES[:60], 1)], "date"),
        (
            ["Date,Close", *(f"{day},{str(price).replace('.', ',')}" for day, price in zip(DAYS, PRICES, strict=True))],
            "cells",
        ),
        (["Open,Volume", *(f"{price},1" for price in PRICES[:60])], "no_column"),
        (["Date,Close", f"{DAYS[0]},{'3' * 200_000}", *(f"{day},3" for day in DAYS[1:60])], "not_text"),
        ([*map(str, PRICES[:59]), "9" * 29], "not_number"),
    ],
    ids=[
        "compact dates",
        "row numbers",
        "decimal commas in a comma-separated table",
        "no closes",
        "a very long field",
        "a very large number",
    ],
)
def test_ambiguous_table_is_refused(lines: list[str], key: str) -> None:
    assert refused(text(lines)).key == f"closes.{key}"


def test_decimal_mark_is_that_of_the_whole_column() -> None:
    thousands = [f"{1000 + 7 * number:,}" for number in range(60)]
    assert read_closes(text(["Close;Note", *(f"{one};x" for one in thousands)])).closes[1] == 1007
    mixed = ["1.000,50", *(f"1.{number:03d}" for number in range(1, 60))]
    assert read_closes(text(["Close;Note", *(f"{one};x" for one in mixed)])).closes[:2] == (1000.5, 1001)
