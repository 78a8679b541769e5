"""Age of a series in sessions of its exchange. The series itself contains the upcoming sessions."""

from datetime import date, datetime
from typing import Final

from model.contract.errors import DataQualityError
from model.prices.series import PriceSeries, Session

_MAX_SESSIONS_BEHIND: Final = 1  # the latest session may not have been collected yet


def _upcoming(series: PriceSeries) -> tuple[Session, ...]:
    if not series.upcoming:
        raise DataQualityError(f"prices of {series.symbol}: expected the sessions after {series.last}, got none")
    return series.upcoming


def target_session(series: PriceSeries) -> date:
    """The session that a forecast from this series is for: the first session after its last close.

    Raises:
        DataQualityError: The series has no upcoming sessions.
    """
    return _upcoming(series)[0].date


def sessions_behind(series: PriceSeries, now: datetime) -> int:
    """Number of sessions that ended after the last close of the series.

    Args:
        series: Series with its upcoming sessions.
        now: Current time, with time zone. If it is after the last upcoming session, the result is a lower bound.

    Raises:
        DataQualityError: The series has no upcoming sessions.
    """
    return sum(session.close <= now for session in _upcoming(series))


def is_stale(series: PriceSeries, now: datetime) -> bool:
    """Whether more than one session is missing at the end of the series.

    Raises:
        DataQualityError: The series has no upcoming sessions.
    """
    return sessions_behind(series, now) > _MAX_SESSIONS_BEHIND
