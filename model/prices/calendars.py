"""Exchange calendars: which one a symbol follows, and its sessions."""

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

# Yahoo Finance's suffixes. The National Stock Exchange of India (.NS) keeps the holidays of Bombay's.
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

# The library starts calendars 20 years ago. Rules of these are known further back, and series reach there.
_START: Final = {_US: date(1970, 1, 1)}


def calendar_of(symbol: str) -> str:
    """Name of the calendar, in exchange-calendars, whose sessions a symbol follows; XNYS without a suffix.

    Raises:
        SettingsError: the suffix is of no exchange that is known here.
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
    """First session of a calendar: days before it cannot be checked."""
    first: date = _calendar(name).first_session.date()
    return first


def timezone(name: str) -> ZoneInfo:
    """Time zone of the exchange."""
    return ZoneInfo(str(_calendar(name).tz))


def sessions_between(name: str, first: date, last: date) -> NDArray[np.datetime64]:
    """Sessions from first to last, both inclusive, as far as the calendar knows them: datetime64[D] [n]."""
    sessions = _calendar(name).sessions
    within = sessions[(sessions >= pd.Timestamp(first)) & (sessions <= pd.Timestamp(last))]
    days: NDArray[np.datetime64] = within.to_numpy().astype("datetime64[D]")
    return days


def next_sessions(name: str, after: date, count: int) -> tuple[Session, ...]:
    """Up to `count` sessions after a day, soonest first; fewer where the calendar ends (about a year from today).

    Raises:
        DataQualityError: the calendar knows no session after that day, or does not reach back to it.
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
    """Number of sessions after a day that have ended; now with time zone."""
    closes = _calendar(name).closes
    return int(((closes.index > pd.Timestamp(after)) & (closes <= now).to_numpy()).sum())


def is_complete(name: str, day: date, now: datetime) -> bool:
    """Whether a day's trading has ended: the session has closed, or the day is over where there is none.

    Args:
        name: of the calendar.
        day: the date at the exchange.
        now: with time zone.
    """
    closes = _calendar(name).closes
    stamp = pd.Timestamp(day)
    if stamp in closes.index:
        close: datetime = closes[stamp].to_pydatetime()
        return close <= now
    return day < now.astimezone(timezone(name)).date()
