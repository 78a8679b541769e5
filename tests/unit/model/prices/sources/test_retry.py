import time

import pytest

from model.prices.sources.retry import call_with_retry


def _failing(times: int, calls: list[float]) -> str:
    calls.append(time.monotonic())
    if len(calls) <= times:
        raise TimeoutError("later")
    return "answer"


def test_transient_error_is_retried_until_success() -> None:
    calls: list[float] = []
    assert (
        call_with_retry(lambda: _failing(1, calls), again=lambda err: isinstance(err, TimeoutError), deadline=30)
        == "answer"
    )
    assert len(calls) == 2


def test_permanent_error_is_raised_immediately() -> None:
    calls: list[float] = []
    with pytest.raises(TimeoutError):
        call_with_retry(lambda: _failing(9, calls), again=lambda _: False, deadline=30)
    assert len(calls) == 1


def test_no_attempt_begins_after_the_deadline() -> None:
    calls: list[float] = []
    with pytest.raises(TimeoutError, match="later"):
        call_with_retry(lambda: _failing(9, calls), again=lambda _: True, deadline=0.4)
    assert len(calls) == 1
