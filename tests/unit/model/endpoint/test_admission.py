"""Admission control: limit of requests in progress and memory budget of request bodies."""

import asyncio
from contextlib import AsyncExitStack, ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import OverloadedError
from model.endpoint.admission import UNCOUNTED_BYTES, AdmissionController, BodyBudget


def test_requests_up_to_the_limit_are_admitted() -> None:
    admission = AdmissionController(2)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(admission.admit())
        with pytest.raises(OverloadedError, match=r"^2 requests are in progress already$"), admission.admit():
            pass
    with admission.admit():
        pass


def test_failed_request_is_no_longer_counted() -> None:
    admission = AdmissionController(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), admission.admit():
            raise ZeroDivisionError


def test_check_refuses_like_admit_and_counts_nothing() -> None:
    admission = AdmissionController(1)
    for _ in range(3):
        admission.check()
    with admission.admit(), pytest.raises(OverloadedError, match="1 requests are in progress already"):
        admission.check()


def _budget(limit: int) -> BodyBudget:
    return BodyBudget(limit, wait_seconds=0.01)


def test_bodies_over_the_budget_are_refused() -> None:
    async def work() -> None:
        budget = _budget(1000)
        async with budget.open_reservation() as first, budget.open_reservation() as second:
            await first.extend(UNCOUNTED_BYTES + 600)
            await second.extend(UNCOUNTED_BYTES + 300)
            with pytest.raises(OverloadedError, match="body: cannot reserve 101 bytes; 900 of 1000 bytes are in use"):
                await second.extend(101)
        async with budget.open_reservation() as third:
            await third.extend(UNCOUNTED_BYTES + 1000)

    asyncio.run(work())


def test_body_waits_until_another_is_released() -> None:
    async def hold(budget: BodyBudget, held: asyncio.Event) -> None:
        async with budget.open_reservation() as reservation:
            await reservation.extend(UNCOUNTED_BYTES + 1000)
            held.set()
            await asyncio.sleep(0.05)

    async def work() -> None:
        budget, held = BodyBudget(1000, wait_seconds=20), asyncio.Event()
        holder = asyncio.create_task(hold(budget, held))
        await held.wait()
        async with budget.open_reservation() as reservation:
            await reservation.extend(UNCOUNTED_BYTES + 1)
        await holder

    asyncio.run(work())


def test_small_bodies_are_accepted_when_large_ones_fill_the_budget() -> None:
    async def work() -> None:
        budget = _budget(1000)
        async with budget.open_reservation() as large:
            await large.extend(UNCOUNTED_BYTES + 1000)
            for _ in range(100):
                async with budget.open_reservation() as small:
                    await small.extend(UNCOUNTED_BYTES // 2)
                    await small.extend(UNCOUNTED_BYTES // 2)

    asyncio.run(work())


async def _fail_with(budget: BodyBudget, size: int) -> None:
    async with budget.open_reservation() as reservation:
        await reservation.extend(size)
        raise ZeroDivisionError


@pytest.mark.parametrize("size", [UNCOUNTED_BYTES + 500, UNCOUNTED_BYTES + 5000])
def test_failed_request_returns_its_memory(size: int) -> None:
    async def work() -> None:
        budget = _budget(1000)
        for _ in range(3):
            with pytest.raises((ZeroDivisionError, OverloadedError)):
                await _fail_with(budget, size)
        async with budget.open_reservation() as reservation:
            await reservation.extend(UNCOUNTED_BYTES + 1000)

    asyncio.run(work())


@given(st.lists(st.lists(st.integers(0, 2 * UNCOUNTED_BYTES), max_size=5), max_size=5))
def test_budget_counts_all_bytes_beyond_the_free_ones(bodies: list[list[int]]) -> None:
    counted = sum(max(0, sum(chunks) - UNCOUNTED_BYTES) for chunks in bodies)

    async def work() -> None:
        budget = _budget(counted)
        async with AsyncExitStack() as stack:
            for chunks in bodies:
                reservation = await stack.enter_async_context(budget.open_reservation())
                for chunk in chunks:
                    await reservation.extend(chunk)
            full = await stack.enter_async_context(budget.open_reservation())
            await full.extend(UNCOUNTED_BYTES)
            with pytest.raises(OverloadedError):
                await full.extend(1)

    asyncio.run(work())
