"""Batching: idle means at once, busy means together, and whoever has gone is not computed for."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from model.contract.errors import OverloadedError
from model.serving.batching import Batcher
from model.serving.runtime import f4


class Gate:
    """Computes the row sums, but only while it is open; remembers how many rows came together."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.sizes: list[int] = []

    def run(self, features: f4) -> f4:
        self.sizes.append(len(features))
        self.entered.set()
        assert self.open.wait(10)
        if (features < 0).any():
            raise ValueError("negative")
        return np.repeat(features.sum(axis=(1, 2))[:, None], 7, axis=1)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def rows(count: int, value: float = 1.0) -> f4:
    return np.full((count, 59, 3), value, dtype=np.float32)


def run_in_loop(work: Callable[[], Coroutine[None, None, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(10):
            await work()

    asyncio.run(limited())


async def busy(batcher: Batcher, gate: Gate) -> "asyncio.Task[f4]":
    first = asyncio.create_task(batcher.submit(rows(1)))
    await asyncio.to_thread(gate.entered.wait, 10)
    return first


def test_what_comes_while_busy_goes_together_and_each_gets_its_own(gate: Gate, executor: ThreadPoolExecutor) -> None:
    async def work() -> None:
        batcher = Batcher(gate.run, executor, batch_rows=8, queue_rows=100)
        first = await busy(batcher, gate)
        others = [asyncio.create_task(batcher.submit(rows(count, value))) for count, value in ((2, 2), (3, 3), (4, 4))]
        await asyncio.sleep(0)
        gate.open.set()
        found = [await task for task in (first, *others)]
        assert [len(answer) for answer in found] == [1, 2, 3, 4]
        for answer, value in zip(found, (1, 2, 3, 4), strict=True):
            np.testing.assert_allclose(answer, value * 59 * 3)

    run_in_loop(work)
    assert gate.sizes == [1, 5, 4]  # the third would make more than 8 rows


def test_a_request_larger_than_a_batch_goes_alone(gate: Gate, executor: ThreadPoolExecutor) -> None:
    async def work() -> None:
        gate.open.set()
        assert len(await Batcher(gate.run, executor, batch_rows=8, queue_rows=10).submit(rows(50))) == 50

    run_in_loop(work)
    assert gate.sizes == [50]


def test_who_has_gone_is_not_computed_for(gate: Gate, executor: ThreadPoolExecutor) -> None:
    async def work() -> None:
        batcher = Batcher(gate.run, executor, batch_rows=8, queue_rows=100)
        first = await busy(batcher, gate)
        gone, stays = (asyncio.create_task(batcher.submit(rows(count))) for count in (5, 2))
        await asyncio.sleep(0)
        gone.cancel()
        gate.open.set()
        await asyncio.gather(first, stays)

    run_in_loop(work)
    assert gate.sizes == [1, 2]


def test_too_much_that_waits_is_refused_and_room_comes_back(gate: Gate, executor: ThreadPoolExecutor) -> None:
    async def work() -> None:
        batcher = Batcher(gate.run, executor, batch_rows=8, queue_rows=4)
        first = await busy(batcher, gate)
        waiting = asyncio.create_task(batcher.submit(rows(3)))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="3 rows wait already, at most 4 may"):
            await batcher.submit(rows(2))
        gate.open.set()
        await asyncio.gather(first, waiting)
        assert len(await batcher.submit(rows(4))) == 4

    run_in_loop(work)


def test_an_error_is_that_of_its_batch_and_no_other(gate: Gate, executor: ThreadPoolExecutor) -> None:
    async def work() -> None:
        batcher = Batcher(gate.run, executor, batch_rows=8, queue_rows=100)
        gate.open.set()
        with pytest.raises(ValueError, match="negative"):
            await batcher.submit(rows(1, -1))
        assert len(await batcher.submit(rows(2))) == 2

    run_in_loop(work)
