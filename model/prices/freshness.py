"""How old a series is, counted in sessions of its exchange. The sessions to come travel with the series."""

from datetime import date, datetime
from typing import Final

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries, Session

_FRESH: Final = 1  # the session just ended may not have been collected yet


def _upcoming(series: PriceSeries) -> tuple[Session, ...]:
    if not series.upcoming:
        raise DataQualityError(f"prices of {series.symbol}: expected the sessions after {series.last}, got none")
    return series.upcoming


def target_session(series: PriceSeries) -> date:
    """The session that a forecast from this series is for: the first one after its last close.

    Raises:
        DataQualityError: the series carries no upcoming sessions.
    """
    return _upcoming(series)[0].date


def sessions_behind(series: PriceSeries, now: datetime) -> int:
    """Sessions that ended after the last close of the series and are not in it.

    Args:
        series: with its upcoming sessions.
        now: with time zone. Past the last upcoming session the count stops there: at least so many.

    Raises:
        DataQualityError: the series carries no upcoming sessions.
    """
    return sum(session.close <= now for session in _upcoming(series))


def is_stale(series: PriceSeries, now: datetime) -> bool:
    """Whether more than one session is missing at the end of the series.

    Raises:
        DataQualityError: the series carries no upcoming sessions.
    """
    return sessions_behind(series, now) > _FRESH
