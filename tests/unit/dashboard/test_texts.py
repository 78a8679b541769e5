from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.closes_table import ClosesError
from dashboard.dashboard_errors import NotReadyError
from dashboard.texts import Texts
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    NotFoundError,
    UnavailableError,
    UnknownSymbolError,
)

EN, PT = Texts("en"), Texts("pt-BR")


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


def test_counts_have_a_singular_and_a_plural() -> None:
    assert [EN.plural("forecast.behind", count) for count in (1, 1234)] == [
        "One session has ended since.", "1,234 sessions have ended since.",
    ]  # fmt: skip
    assert [PT.plural("forecast.behind", count) for count in (1, 2)] == [
        "Um pregão terminou desde então.", "2 pregões terminaram desde então.",
    ]  # fmt: skip


def test_names_are_translated_and_unknown_names_are_unchanged() -> None:
    assert (EN.translate_name("run", "promoted"), PT.translate_name("run", "promoted")) == ("Promoted", "Promovida")
    assert PT.translate_name("run", "new in a later release") == "new in a later release"


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
