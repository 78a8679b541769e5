"""Reading a body up to a limit, and ending what takes too long."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from model.contract.errors import DeadlineExceededError, TooLargeError
from model.endpoint.answer import read_body, within
from model.endpoint.replies import request_id


def _read(chunks: list[bytes], announced: str | None, limit: int) -> tuple[bytes, int]:
    taken = 0

    async def come() -> AsyncIterator[bytes]:
        nonlocal taken
        for chunk in chunks:
            taken += 1
            yield chunk

    return asyncio.run(read_body(come(), announced, limit)), taken


@pytest.mark.parametrize("announced", [None, "6", "nonsense", "-1"])
def test_a_body_up_to_the_limit(announced: str | None) -> None:
    assert _read([b"abc", b"", b"def"], announced, 6) == (b"abcdef", 3)


def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    with pytest.raises(TooLargeError, match="body: expected at most 4 bytes, got more"):
        _read([b"abc", b"def", b"ghi"], None, 4)


def test_an_announced_body_over_the_limit_is_not_read_at_all() -> None:
    with pytest.raises(TooLargeError, match="body: expected at most 4 bytes, got 5"):
        _read([], "5", 4)


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


@pytest.mark.parametrize("bad", [None, "", "two words", "a\nb", "x" * 129, "ação"])
def test_the_first_id_that_can_stand_in_a_header(bad: str | None) -> None:
    assert request_id(bad, "good") == "good"
    assert len(request_id(bad)) == 32
    assert request_id(bad) != request_id(bad)
