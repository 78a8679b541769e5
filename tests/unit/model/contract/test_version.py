"""Version names sort by time and can be parsed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.version import created_at, is_version, version_name

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
digests = st.text("0123456789abcdef", min_size=8, max_size=64)


@given(moments, digests, st.integers(1, 10**6), digests)
def test_later_version_sorts_after_an_earlier_one(moment: datetime, first: str, seconds: int, second: str) -> None:
    earlier, later = version_name(moment, first), version_name(moment + timedelta(seconds=seconds), second)
    assert earlier < later
    assert is_version(earlier)
    assert created_at(earlier) == moment.replace(microsecond=0)


@pytest.mark.parametrize("name", ["", "current", "20261124T014500Z", "../20261124T014500Z-1a2b3c4d", ".pending-x"])
def test_other_names_are_not_versions(name: str) -> None:
    assert not is_version(name)
