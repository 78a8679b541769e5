from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from model.contract.errors import DataQualityError
from model.prices.freshness import is_stale, sessions_behind, target_session
from model.prices.series import DailyBars, PriceSeries, Session

FRIDAY = PriceSeries(
    symbol="PETR4.SA",
    dates=np.array(["2024-11-22"], dtype="datetime64[D]"),
    close=np.array([38.0]),
    adjusted=np.array([38.0]),
    bars=DailyBars.unknown(1),
    source="csv",
    downloaded_at=datetime(2024, 11, 22, 22, tzinfo=UTC),
    calendar="BVMF",
    upcoming=tuple(Session(date(2024, 11, day), datetime(2024, 11, day, 21, tzinfo=UTC)) for day in (25, 26, 27)),
)


@pytest.mark.parametrize(
    ("now", "behind", "stale"),
    [
        (datetime(2024, 11, 24, 12, tzinfo=UTC), 0, False),  # Sunday
        (datetime(2024, 11, 25, 20, 59, tzinfo=UTC), 0, False),  # before Monday's close
        (datetime(2024, 11, 25, 21, tzinfo=UTC), 1, False),  # just closed: may not have been collected yet
        (datetime(2024, 11, 26, 21, tzinfo=UTC), 2, True),
        (datetime(2030, 1, 1, tzinfo=UTC), 3, True),  # after the last upcoming session
    ],
)
def test_series_is_stale_if_more_than_one_session_behind(now: datetime, behind: int, stale: bool) -> None:
    assert sessions_behind(FRIDAY, now) == behind
    assert is_stale(FRIDAY, now) is stale


def test_target_session_follows_the_last_close() -> None:
    assert target_session(FRIDAY) == date(2024, 11, 25)


def test_series_without_upcoming_sessions_raises_data_quality_error() -> None:
    with pytest.raises(DataQualityError, match=r"PETR4\.SA: expected the sessions after 2024-11-22"):
        target_session(replace(FRIDAY, upcoming=()))
    with pytest.raises(DataQualityError):
        sessions_behind(replace(FRIDAY, upcoming=()), datetime(2024, 11, 24, tzinfo=UTC))
