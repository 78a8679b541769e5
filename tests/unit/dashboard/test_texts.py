import string
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import english, portuguese
from dashboard.closes_table import ClosesError
from dashboard.dashboard_errors import NotReadyError
from dashboard.texts import WORDS, Texts, chosen_language
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    NotFoundError,
    UnavailableError,
    UnknownSymbolError,
)

EN, PT = Texts("en"), Texts("pt-BR")


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys_and_placeholders() -> None:
    assert english.WORDS.keys() == portuguese.WORDS.keys()
    for key, sentence in english.WORDS.items():
        assert fields(sentence) == fields(portuguese.WORDS[key]), key
        assert sentence.count("|") == portuguese.WORDS[key].count("|"), key


def test_every_text_is_translated() -> None:
    same = {key for key, sentence in WORDS["en"].items() if sentence == WORDS["pt-BR"][key]}
    assert same == {"ops.ms", "ops.gate_line"}


@pytest.mark.parametrize(
    ("requested", "browser", "chosen"),
    [
        (None, None, "en"), (None, "pt-BR", "pt-BR"), (None, "pt", "pt-BR"), (None, "de-DE", "en"),
        ("en", "pt-BR", "en"), ("pt-BR", "en-US", "pt-BR"), ("PT-br", None, "pt-BR"), ("<x>", "pt", "en"),
    ],
)  # fmt: skip
def test_language_of_the_url_overrides_that_of_the_browser(
    requested: str | None, browser: str | None, chosen: str
) -> None:
    assert chosen_language(requested, browser) == chosen


def test_numbers_are_formatted() -> None:
    assert (EN.number(1234.5, 2), PT.number(1234.5, 2)) == ("1,234.50", "1.234,50")
    assert (EN.price(36.188), PT.price(36.188)) == ("36.19", "36,19")
    assert (EN.price(2.0), EN.price(0.012346)) == ("2.000", "0.01235")
    assert (EN.percent(0.9083), PT.percent(0.9083)) == ("90.8 %", "90,8%")
    assert [EN.change(share) for share in (0.0123, -0.0123, 0)] == ["+1.23 %", "−1.23 %", "±0.00 %"]  # noqa: RUF001
    assert (EN.separators, PT.separators) == (".,", ",.")


def test_dates_are_formatted() -> None:
    day = date(2024, 12, 30)
    assert (EN.day(day), PT.day(day)) == ("Dec 30, 2024", "30 de dez. de 2024")
    assert (EN.short_day(day), PT.short_day(day)) == ("Dec 30", "30 de dez.")
    assert (EN.month(day), PT.month(day)) == ("Dec 2024", "dez. de 2024")
    moment = datetime(2024, 12, 30, 21, 5, tzinfo=UTC)
    sao_paulo = Texts("pt-BR", ZoneInfo("America/Sao_Paulo"))
    assert sao_paulo.clock(moment) == "18:05:00"
    assert "30 de dez. de 2024" in sao_paulo.time(moment)
    assert (EN.ago(moment, moment.replace(day=31)), PT.ago(moment, moment.replace(day=31))) == ("1 day ago", "há 1 dia")
    assert (EN.duration(42), PT.duration(120)) == ("42 seconds", "2 minutos")


def test_counts_have_three_forms() -> None:
    assert [EN.plural("forecast.behind", count) for count in (0, 1, 1234)] == [
        "No session has ended since.", "One session has ended since.", "1,234 sessions have ended since.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnavailableError("x: does not answer"), "Cannot connect"),
        (NotReadyError("not ready: no version"), "is running but not ready: not ready: no version"),
        (DeadlineExceededError("late"), "in time"),
        (InvalidInputError("field 'close': bad"), "field 'close': bad"),
        (UnknownSymbolError("symbol 'X'"), "symbol 'X'"),
        (NotFoundError("no report"), "no report"),
        (ClosesError("missing", line=3, column="Close"), "Line 3, column Close: expected a price"),
        (ClosesError("order", line=1234, former=date(2024, 12, 30), got=date(2024, 12, 27)), "after Dec 30, 2024"),
        (ClosesError("jump", line=9, limit=3.0, former=12.5, got=1250.0), "at most 3x from"),
    ],
)
def test_errors_are_described_in_plain_words(error: NextcloseError, expected: str) -> None:
    assert expected in EN.error(error)
    assert PT.error(error) != EN.error(error)


def test_numbers_in_errors_are_in_the_language() -> None:
    error = ClosesError("jump", line=9, limit=3.0, former=12.5, got=1250.25)
    assert "12,50 → 1.250,25" in PT.error(error)
