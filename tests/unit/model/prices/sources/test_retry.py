import time

import pytest

from model.prices.sources.retry import ask


def _failing(times: int, calls: list[float]) -> str:
    calls.append(time.monotonic())
    if len(calls) <= times:
        raise TimeoutError("later")
    return "answer"


def test_asks_again_until_there_is_an_answer() -> None:
    calls: list[float] = []
    assert ask(lambda: _failing(1, calls), again=lambda err: isinstance(err, TimeoutError), deadline=30) == "answer"
    assert len(calls) == 2


def test_an_error_that_will_not_pass_is_raised_at_once() -> None:
    calls: list[float] = []
    with pytest.raises(TimeoutError):
        ask(lambda: _failing(9, calls), again=lambda _: False, deadline=30)
    assert len(calls) == 1


def test_no_attempt_begins_after_the_deadline() -> None:
    calls: list[float] = []
    with pytest.raises(TimeoutError, match="later"):
        ask(lambda: _failing(9, calls), again=lambda _: True, deadline=0.4)
    assert len(calls) == 1
