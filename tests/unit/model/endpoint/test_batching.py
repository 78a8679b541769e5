"""Batching: requests run immediately when idle and in batches when busy; cancelled requests are dropped."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import numpy as np
import pytest

from model.contract.arrays import f4
from model.contract.errors import OverloadedError
from model.endpoint.batching import Batcher, split_rows


class Gate:
    """Doubles the rows of batches while it is open, and records the sizes of the batches."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.entered = asyncio.Event()
        self.sizes: list[int] = []

    async def run(self, parts: Sequence[f4]) -> Sequence[f4]:
        batch = np.concatenate(parts)
        self.sizes.append(len(batch))
        self.entered.set()
        await self.open.wait()
        if (batch < 0).any():
            raise ValueError("negative")
        return split_rows(batch * 2, map(len, parts))


@pytest.fixture
def gate() -> Gate:
    return Gate()


def rows(count: int, value: float = 1.0) -> f4:
    return np.full((count, 3), value, dtype=np.float32)


def batcher_of(gate: Gate, queue_rows: int = 100, at_once: int = 1) -> Batcher[f4, f4]:
    return Batcher(gate.run, role="predictor", batch_rows=8, queue_rows=queue_rows, at_once=at_once)


async def submit(batcher: Batcher[f4, f4], given: f4) -> f4:
    return await batcher.submit(given, len(given))


def run_in_loop(work: Callable[[], Coroutine[None, None, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(10):
            await work()

    asyncio.run(limited())


async def busy(batcher: Batcher[f4, f4], gate: Gate) -> "asyncio.Task[f4]":
    first = asyncio.create_task(submit(batcher, rows(1)))
    await gate.entered.wait()
    return first


def test_requests_during_a_batch_form_the_next_batch_and_get_their_own_rows(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        first = await busy(batcher, gate)
        others = [asyncio.create_task(submit(batcher, rows(count, value))) for count, value in ((2, 2), (3, 3), (4, 4))]
        await asyncio.sleep(0)
        gate.open.set()
        found = [await task for task in (first, *others)]
        assert [len(answer) for answer in found] == [1, 2, 3, 4]
        for answer, value in zip(found, (1, 2, 3, 4), strict=True):
            np.testing.assert_allclose(answer, 2 * value)

    run_in_loop(work)
    assert gate.sizes == [1, 5, 4]  # all three would be more than 8 rows


def test_request_larger_than_a_batch_is_a_batch_alone(gate: Gate) -> None:
    async def work() -> None:
        gate.open.set()
        assert len(await submit(batcher_of(gate, queue_rows=10), rows(50))) == 50

    run_in_loop(work)
    assert gate.sizes == [50]


def test_cancelled_request_in_the_queue_is_not_computed(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        first = await busy(batcher, gate)
        cancelled, kept = (asyncio.create_task(submit(batcher, rows(count))) for count in (5, 2))
        await asyncio.sleep(0)
        cancelled.cancel()
        gate.open.set()
        await asyncio.gather(first, kept)

    run_in_loop(work)
    assert gate.sizes == [1, 2]


def test_full_queue_refuses_requests_until_rows_are_processed(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate, queue_rows=4)
        first = await busy(batcher, gate)
        waiting = asyncio.create_task(submit(batcher, rows(3)))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="3 rows are waiting already, the limit is 4"):
            await submit(batcher, rows(2))
        gate.open.set()
        await asyncio.gather(first, waiting)
        assert len(await submit(batcher, rows(4))) == 4

    run_in_loop(work)


def test_error_of_a_batch_does_not_affect_the_next(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        gate.open.set()
        with pytest.raises(ValueError, match="negative"):
            await submit(batcher, rows(1, -1))
        assert len(await submit(batcher, rows(2))) == 2

    run_in_loop(work)


def test_number_of_concurrent_batches_is_limited(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate, at_once=2)
        tasks = []
        for count in (1, 2, 3, 4):
            tasks.append(asyncio.create_task(submit(batcher, rows(count))))
            await asyncio.sleep(0.01)
        assert gate.sizes == [1, 2]
        gate.open.set()
        assert [len(answer) for answer in await asyncio.gather(*tasks)] == [1, 2, 3, 4]

    run_in_loop(work)
    assert gate.sizes == [1, 2, 7]


def test_requests_of_one_event_loop_iteration_form_a_batch(gate: Gate) -> None:
    async def work() -> None:
        gate.open.set()
        batcher = batcher_of(gate)
        await asyncio.gather(*(submit(batcher, rows(1)) for _ in range(5)))

    run_in_loop(work)
    assert gate.sizes == [5]


def test_cancelled_request_frees_its_rows_in_the_queue_immediately(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate, queue_rows=4)
        first = await busy(batcher, gate)
        cancelled = asyncio.create_task(submit(batcher, rows(4)))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(submit(batcher, rows(4)))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(first, waiting)

    run_in_loop(work)
    assert gate.sizes == [1, 4]


def test_batch_is_cancelled_when_all_of_its_callers_are_cancelled(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        first = await busy(batcher, gate)
        waiting = asyncio.create_task(submit(batcher, rows(2)))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0.01)
        assert gate.sizes == [1, 2]  # the second batch started although the gate is closed
        gate.open.set()
        assert len(await waiting) == 2

    run_in_loop(work)


def test_wrong_number_of_answers_fails_all_requests_without_an_answer() -> None:
    async def too_few(parts: Sequence[f4]) -> Sequence[f4]:
        return parts[:1]

    async def work() -> None:
        batcher: Batcher[f4, f4] = Batcher(too_few, role="predictor", batch_rows=8, queue_rows=100)
        found = await asyncio.gather(*(submit(batcher, rows(1)) for _ in range(3)), return_exceptions=True)
        assert isinstance(found[1], ValueError)
        assert isinstance(found[2], ValueError)

    run_in_loop(work)
