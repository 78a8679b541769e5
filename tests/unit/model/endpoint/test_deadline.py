"""Deadlines: late work is cancelled and raises an error."""

import asyncio

import pytest

from model.contract.errors import DeadlineExceededError, InvalidInputError
from model.endpoint.deadline import deadline


async def _within(seconds: float | None, work: float) -> str:
    async with deadline(seconds):
        await asyncio.sleep(work)
    return "done"


@pytest.mark.parametrize("seconds", [None, 10.0])
def test_work_in_time_passes(seconds: float | None) -> None:
    assert asyncio.run(_within(seconds, 0)) == "done"


@pytest.mark.parametrize(("seconds", "message"), [(0.01, "no answer within 0.01 s"), (-1.0, "no answer within -1 s")])
def test_late_work_is_cancelled(seconds: float, message: str) -> None:
    with pytest.raises(DeadlineExceededError, match=f"^{message}$"):
        asyncio.run(_within(seconds, 10))


def test_shorter_inner_deadline_applies() -> None:
    async def nested() -> None:
        async with deadline(10), deadline(0.01):
            await asyncio.sleep(10)

    with pytest.raises(DeadlineExceededError, match=r"within 0\.01 s"):
        asyncio.run(nested())


def test_other_errors_are_not_changed() -> None:
    async def fail() -> None:
        async with deadline(10):
            raise InvalidInputError("x")

    with pytest.raises(InvalidInputError):
        asyncio.run(fail())


def test_cancellation_is_not_reported_as_a_deadline() -> None:
    async def cancel() -> None:
        task = asyncio.create_task(_within(10, 10))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
