"""Batching: idle means at once, busy means together, and whoever has gone is not computed for."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from model.contract.errors import OverloadedError
from model.endpoint.batching import Batcher, split_rows

f4 = NDArray[np.float32]


class Gate:
    """Doubles the rows, but only while it is open; remembers how many rows came together."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.entered = asyncio.Event()
        self.sizes: list[int] = []

    async def run(self, parts: Sequence[f4]) -> Sequence[f4]:
        together = np.concatenate(parts)
        self.sizes.append(len(together))
        self.entered.set()
        await self.open.wait()
        if (together < 0).any():
            raise ValueError("negative")
        return split_rows(together * 2, map(len, parts))


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


def test_what_comes_while_busy_goes_together_and_each_gets_its_own(gate: Gate) -> None:
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
    assert gate.sizes == [1, 5, 4]  # the third would make more than 8 rows


def test_a_request_larger_than_a_batch_goes_alone(gate: Gate) -> None:
    async def work() -> None:
        gate.open.set()
        assert len(await submit(batcher_of(gate, queue_rows=10), rows(50))) == 50

    run_in_loop(work)
    assert gate.sizes == [50]


def test_who_has_gone_is_not_computed_for(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        first = await busy(batcher, gate)
        gone, stays = (asyncio.create_task(submit(batcher, rows(count))) for count in (5, 2))
        await asyncio.sleep(0)
        gone.cancel()
        gate.open.set()
        await asyncio.gather(first, stays)

    run_in_loop(work)
    assert gate.sizes == [1, 2]


def test_too_much_that_waits_is_refused_and_room_comes_back(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate, queue_rows=4)
        first = await busy(batcher, gate)
        waiting = asyncio.create_task(submit(batcher, rows(3)))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="3 rows wait already, at most 4 may"):
            await submit(batcher, rows(2))
        gate.open.set()
        await asyncio.gather(first, waiting)
        assert len(await submit(batcher, rows(4))) == 4

    run_in_loop(work)


def test_an_error_is_that_of_its_batch_and_no_other(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        gate.open.set()
        with pytest.raises(ValueError, match="negative"):
            await submit(batcher, rows(1, -1))
        assert len(await submit(batcher, rows(2))) == 2

    run_in_loop(work)


def test_as_many_batches_are_under_way_as_may_be(gate: Gate) -> None:
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


def test_what_arrives_in_one_turn_goes_together_from_the_start(gate: Gate) -> None:
    async def work() -> None:
        gate.open.set()
        batcher = batcher_of(gate)
        await asyncio.gather(*(submit(batcher, rows(1)) for _ in range(5)))

    run_in_loop(work)
    assert gate.sizes == [5]


def test_who_leaves_the_queue_makes_room_at_once(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate, queue_rows=4)
        first = await busy(batcher, gate)
        gone = asyncio.create_task(submit(batcher, rows(4)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(submit(batcher, rows(4)))
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(first, waiting)

    run_in_loop(work)
    assert gate.sizes == [1, 4]


def test_a_batch_that_nobody_waits_for_any_more_is_given_up(gate: Gate) -> None:
    async def work() -> None:
        batcher = batcher_of(gate)
        first = await busy(batcher, gate)
        waiting = asyncio.create_task(submit(batcher, rows(2)))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0.01)
        assert gate.sizes == [1, 2]  # the place of the first is free although the gate is closed
        gate.open.set()
        assert len(await waiting) == 2

    run_in_loop(work)


def test_a_wrong_number_of_answers_is_told_to_everybody() -> None:
    async def too_few(parts: Sequence[f4]) -> Sequence[f4]:
        return parts[:1]

    async def work() -> None:
        batcher: Batcher[f4, f4] = Batcher(too_few, role="predictor", batch_rows=8, queue_rows=100)
        found = await asyncio.gather(*(submit(batcher, rows(1)) for _ in range(3)), return_exceptions=True)
        assert isinstance(found[1], ValueError)
        assert isinstance(found[2], ValueError)

    run_in_loop(work)
