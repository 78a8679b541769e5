"""Exchange calendars: the calendar of a symbol and its sessions."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import exchange_calendars as xc
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.contract.errors import DataQualityError, SettingsError
from model.prices.series import Session

# Yahoo Finance's suffixes. The National Stock Exchange of India (.NS) has the same holidays as Bombay's exchange.
_BY_SUFFIX: Final = {
    "SA": "BVMF", "L": "XLON", "IL": "XLON", "DE": "XETR", "F": "XFRA", "DU": "XDUS", "HM": "XHAM", "SG": "XSTU",
    "PA": "XPAR", "AS": "XAMS", "BR": "XBRU", "LS": "XLIS", "IR": "XDUB", "MI": "XMIL", "MC": "XMAD", "SW": "XSWX",
    "VI": "XWBO", "ST": "XSTO", "CO": "XCSE", "HE": "XHEL", "OL": "XOSL", "IC": "XICE", "WA": "XWAR", "PR": "XPRA",
    "BD": "XBUD", "RO": "XBSE", "AT": "ASEX", "IS": "XIST", "TA": "XTAE", "JO": "XJSE", "SR": "XSAU", "TL": "XTAL",
    "RG": "XRIS", "VS": "XLIT", "TO": "XTSE", "V": "XTSX", "MX": "XMEX", "BA": "XBUE", "SN": "XSGO", "LM": "XLIM",
    "CL": "XBOG", "T": "XTKS", "HK": "XHKG", "SS": "XSHG", "SZ": "XSHG", "KS": "XKRX", "KQ": "XKRX", "TW": "XTAI",
    "TWO": "XTAI", "SI": "XSES", "KL": "XKLS", "JK": "XIDX", "BK": "XBKK", "NS": "XBOM", "BO": "XBOM", "AX": "XASX",
    "NZ": "XNZE", "KA": "XKAR",
}  # fmt: skip
_BY_SYMBOL: Final = {
    "^BVSP": "BVMF", "^FTSE": "XLON", "^GDAXI": "XETR", "^FCHI": "XPAR", "^AEX": "XAMS", "^IBEX": "XMAD",
    "^SSMI": "XSWX", "^N225": "XTKS", "^HSI": "XHKG", "^GSPTSE": "XTSE", "^MXX": "XMEX", "^AXJO": "XASX",
    "^KS11": "XKRX", "^TWII": "XTAI", "^BSESN": "XBOM", "^NSEI": "XBOM", "^STI": "XSES", "^MERV": "XBUE",
}  # fmt: skip
_US: Final = "XNYS"
_BY_ENDING: Final = {"=X": "24/5", "=F": "us_futures", "-USD": "24/7"}  # currencies, futures, crypto

# By default, exchange-calendars starts calendars 20 years ago. Older series need an earlier start; the rules of these
# calendars are known from then on.
_START: Final = {_US: date(1970, 1, 1)}


def calendar_of(symbol: str) -> str:
    """Name of a symbol's exchange calendar in exchange-calendars; XNYS for a symbol without a suffix.

    Raises:
        SettingsError: The suffix does not belong to a known exchange.
    """
    upper = symbol.upper()
    if upper.startswith("^"):
        return _BY_SYMBOL.get(upper, _US)
    for ending, name in _BY_ENDING.items():
        if upper.endswith(ending):
            return name
    _, dot, suffix = upper.rpartition(".")
    if not dot:
        return _US
    if suffix not in _BY_SUFFIX:
        raise SettingsError(f"symbol {symbol}: no calendar is known for '.{suffix}'")
    return _BY_SUFFIX[suffix]


@lru_cache(maxsize=16)
def _calendar(name: str) -> Any:
    try:
        return xc.get_calendar(name, start=_START.get(name))
    except xc.errors.InvalidCalendarName as err:
        raise SettingsError(f"calendar: expected a name of exchange-calendars as BVMF or XNYS, got {name!r}") from err


def first_known(name: str) -> date:
    """First session of a calendar. Days before it cannot be checked."""
    first: date = _calendar(name).first_session.date()
    return first


def timezone(name: str) -> ZoneInfo:
    """Time zone of the exchange."""
    return ZoneInfo(str(_calendar(name).tz))


def sessions_between(name: str, first: date, last: date) -> NDArray[np.datetime64]:
    """Sessions from `first` to `last`, both inclusive, within the range of the calendar: datetime64[D] [n]."""
    sessions = _calendar(name).sessions
    within = sessions[(sessions >= pd.Timestamp(first)) & (sessions <= pd.Timestamp(last))]
    days: NDArray[np.datetime64] = within.to_numpy().astype("datetime64[D]")
    return days


def next_sessions(name: str, after: date, count: int) -> tuple[Session, ...]:
    """The next `count` sessions after a day, soonest first.

    There are fewer if the calendar ends before (about a year from today).

    Raises:
        DataQualityError: The calendar has no session after that day, or starts after it.
    """
    calendar = _calendar(name)
    closes = calendar.closes
    later = closes[closes.index > pd.Timestamp(after)].iloc[:count]
    if later.empty or after < first_known(name) - timedelta(days=7):
        known = f"between {first_known(name)} and {calendar.last_session.date()}"
        raise DataQualityError(f"calendar {name}: expected a day {known}, got {after}")
    return tuple(
        Session(day.date(), close.to_pydatetime().astimezone(UTC))
        for day, close in zip(later.index, later, strict=True)
    )


def completed_after(name: str, after: date, now: datetime) -> int:
    """Number of sessions after a day that have ended; `now` has a time zone."""
    closes = _calendar(name).closes
    return int(((closes.index > pd.Timestamp(after)) & (closes <= now).to_numpy()).sum())


def is_complete(name: str, day: date, now: datetime) -> bool:
    """Whether trading on a day has ended: the session has closed or, without a session, the day is over.

    Args:
        name: Name of the calendar.
        day: Date at the exchange.
        now: Current time, with time zone.
    """
    closes = _calendar(name).closes
    stamp = pd.Timestamp(day)
    if stamp in closes.index:
        close: datetime = closes[stamp].to_pydatetime()
        return close <= now
    return day < now.astimezone(timezone(name)).date()
