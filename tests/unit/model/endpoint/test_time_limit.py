"""Ending what takes too long: once, or all requests of a service by one timer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from model.contract.errors import DeadlineExceededError
from model.endpoint.time_limit import TimeLimit, within


def test_what_takes_too_long_is_ended() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        with within(0.01):
            try:
                await asyncio.Event().wait()
            finally:
                ended = True

    with pytest.raises(DeadlineExceededError, match=r"no answer within 0\.01 s"):
        asyncio.run(work())
    assert ended


def test_without_a_limit_nothing_is_ended() -> None:
    async def work() -> str:
        with within(None):
            await asyncio.sleep(0)
            return "done"

    assert asyncio.run(work()) == "done"


@pytest.mark.parametrize(("outer", "inner"), [(0.01, 30), (30, 0.01), (0.01, 0.01)])
def test_of_two_limits_the_shorter_one_ends(outer: float, inner: float) -> None:
    async def work() -> None:
        try:
            with within(outer), within(inner):
                await asyncio.Event().wait()
        finally:
            # The task goes on as one that nobody has cancelled.
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            await asyncio.sleep(0)

    with pytest.raises(DeadlineExceededError, match=r"no answer within 0\.01 s"):
        asyncio.run(work())


@pytest.mark.parametrize("seconds", [30, 0])
def test_what_somebody_else_cancels_is_cancelled(seconds: float) -> None:
    async def limited() -> None:
        with within(seconds):
            await asyncio.Event().wait()

    async def work() -> bool:
        task = asyncio.create_task(limited())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(work())


def test_a_limit_that_was_kept_ends_nothing_later() -> None:
    async def work() -> str:
        with within(0.01):
            pass
        await asyncio.sleep(0.05)
        return "done"

    assert asyncio.run(work()) == "done"


async def _ended(limit: TimeLimit, begin: float, seconds: float) -> tuple[bool, float]:
    """Whether work of so many seconds was ended, and after how many."""
    await asyncio.sleep(begin)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        with limit.each():
            await asyncio.sleep(seconds)
    except DeadlineExceededError:
        return True, loop.time() - begun
    return False, loop.time() - begun


def test_one_limit_ends_each_at_its_own_time() -> None:
    async def work() -> list[tuple[bool, float]]:
        limit = TimeLimit(0.2)
        times = [(0.0, 30.0), (0.0, 0.05), (0.1, 30.0), (0.15, 0.1)]
        return await asyncio.gather(*(_ended(limit, begin, seconds) for begin, seconds in times))

    found = asyncio.run(work())
    assert [ended for ended, _ in found] == [True, False, True, False]
    assert [seconds for ended, seconds in found if ended] == pytest.approx([0.2, 0.2], abs=0.09)


def test_a_limit_sets_one_timer_and_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[asyncio.TimerHandle] = []

    async def work() -> None:
        loop, limit, go_on = asyncio.get_running_loop(), TimeLimit(30), asyncio.Event()
        call_at = loop.call_at

        def kept(when: float, callback: Callable[..., None], *given: Any) -> asyncio.TimerHandle:
            timers.append(call_at(when, callback, *given))
            return timers[-1]

        monkeypatch.setattr(loop, "call_at", kept)

        async def one() -> None:
            with limit.each():
                await go_on.wait()

        for _ in range(2):
            tasks = [asyncio.create_task(one()) for _ in range(5)]
            await asyncio.sleep(0)
            go_on.set()
            await asyncio.gather(*tasks)
            go_on.clear()

    asyncio.run(work())
    assert [timer.cancelled() for timer in timers] == [True, True]


def test_a_limit_serves_one_event_loop_after_the_other() -> None:
    limit = TimeLimit(0.05)
    assert [asyncio.run(_ended(limit, 0, seconds))[0] for seconds in (30, 0, 30)] == [True, False, True]
