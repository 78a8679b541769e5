from datetime import UTC, date, datetime

import exchange_calendars as xc
import pytest

from model.contract.errors import DataQualityError, SettingsError
from model.prices import calendars


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("PETR4.SA", "BVMF"), ("petr4.sa", "BVMF"), ("^BVSP", "BVMF"), ("^GSPC", "XNYS"), ("AAPL", "XNYS"),
        ("BRK-B", "XNYS"), ("VOD.L", "XLON"), ("SAP.DE", "XETR"), ("7203.T", "XTKS"), ("0700.HK", "XHKG"),
        ("RELIANCE.NS", "XBOM"), ("BRL=X", "24/5"), ("BTC-USD", "24/7"), ("ES=F", "us_futures"), ("^N225", "XTKS"),
    ],
)  # fmt: skip
def test_symbol_has_the_calendar_of_its_exchange(symbol: str, name: str) -> None:
    assert calendars.calendar_of(symbol) == name


def test_all_calendars_exist_in_the_library() -> None:
    names = set(xc.get_calendar_names(include_aliases=True))
    used = {*calendars._BY_SUFFIX.values(), *calendars._BY_SYMBOL.values(), *calendars._BY_ENDING.values()}
    assert used <= names


def test_unknown_suffix_and_unknown_calendar_raise_settings_error() -> None:
    with pytest.raises(SettingsError, match=r"no calendar is known for '\.ZZ'"):
        calendars.calendar_of("ABC.ZZ")
    with pytest.raises(SettingsError, match="got 'NOPE'"):
        calendars.first_known("NOPE")


def test_new_york_calendar_covers_the_packaged_index() -> None:
    sessions = calendars.sessions_between("XNYS", date(1999, 1, 1), date(2018, 12, 31))
    assert len(sessions) == 5031
    assert str(sessions[0]) == "1999-01-04"


def test_b3_sessions_skip_holidays() -> None:
    assert len(calendars.sessions_between("BVMF", date(2024, 1, 1), date(2024, 12, 31))) == 251
    first, second = calendars.next_sessions("BVMF", date(2024, 12, 30), 2)
    assert (first.date, second.date) == (date(2025, 1, 2), date(2025, 1, 3))
    assert first.close.tzinfo == UTC
    assert len(calendars.next_sessions("BVMF", date(2020, 1, 1), 260)) == 260


def test_days_outside_of_the_calendar_raise_data_quality_error() -> None:
    with pytest.raises(DataQualityError, match="calendar BVMF: expected a day between"):
        calendars.next_sessions("BVMF", date(2090, 1, 1), 1)
    with pytest.raises(DataQualityError, match="got 1980-01-01"):
        calendars.next_sessions("BVMF", date(1980, 1, 1), 1)


def test_session_is_complete_when_it_has_closed() -> None:
    day = date(2024, 12, 30)
    close = calendars.next_sessions("BVMF", date(2024, 12, 29), 1)[0].close
    assert not calendars.is_complete("BVMF", day, close.replace(minute=0, hour=close.hour - 1))
    assert calendars.is_complete("BVMF", day, close)


def test_holiday_is_complete_after_midnight_at_the_exchange() -> None:
    christmas = date(2024, 12, 25)
    assert not calendars.is_complete("BVMF", christmas, datetime(2024, 12, 26, 2, 0, tzinfo=UTC))  # 23:00 local time
    assert calendars.is_complete("BVMF", christmas, datetime(2024, 12, 26, 4, 0, tzinfo=UTC))


def test_completed_sessions_are_counted() -> None:
    assert calendars.completed_after("BVMF", date(2024, 12, 30), datetime(2025, 1, 3, 12, 0, tzinfo=UTC)) == 1
