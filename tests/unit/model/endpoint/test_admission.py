"""Admission control: requests up to a limit, and memory of bodies up to a budget."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.contract.errors import OverloadedError
from model.endpoint.admission import FREE_BYTES, AdmissionController, BodyBudget


def test_requests_up_to_the_limit_are_admitted() -> None:
    admission = AdmissionController(2)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(admission.admit())
        with pytest.raises(OverloadedError, match=r"^2 requests are in progress already$"), admission.admit():
            pass
    with admission.admit():
        pass


def test_request_that_fails_frees_its_place() -> None:
    admission = AdmissionController(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), admission.admit():
            raise ZeroDivisionError


def test_check_refuses_like_admit_and_takes_no_place() -> None:
    admission = AdmissionController(1)
    for _ in range(3):
        admission.check()
    with admission.admit(), pytest.raises(OverloadedError, match="1 requests are in progress already"):
        admission.check()


def test_bodies_over_the_budget_are_refused() -> None:
    budget = BodyBudget(1000)
    with budget.reserve() as first, budget.reserve() as second:
        first.add(FREE_BYTES + 600)
        second.add(FREE_BYTES + 300)
        with pytest.raises(OverloadedError, match="request bodies in progress take 900 of 1000 bytes"):
            second.add(101)
    with budget.reserve() as third:
        third.add(FREE_BYTES + 1000)


def test_small_bodies_are_accepted_when_large_ones_fill_the_budget() -> None:
    budget = BodyBudget(1000)
    with budget.reserve() as large:
        large.add(FREE_BYTES + 1000)
        for _ in range(100):
            with budget.reserve() as small:
                small.add(FREE_BYTES // 2)
                small.add(FREE_BYTES // 2)


@pytest.mark.parametrize("size", [FREE_BYTES + 500, FREE_BYTES + 5000])
def test_failed_request_returns_its_memory(size: int) -> None:
    budget = BodyBudget(1000)
    for _ in range(3):
        with pytest.raises((ZeroDivisionError, OverloadedError)), budget.reserve() as reservation:
            reservation.add(size)
            raise ZeroDivisionError
    with budget.reserve() as reservation:
        reservation.add(FREE_BYTES + 1000)


@given(st.lists(st.lists(st.integers(0, 2 * FREE_BYTES), max_size=5), max_size=5))
def test_budget_counts_all_bytes_beyond_the_free_ones(bodies: list[list[int]]) -> None:
    counted = sum(max(0, sum(chunks) - FREE_BYTES) for chunks in bodies)
    budget = BodyBudget(counted)
    with ExitStack() as stack:
        for chunks in bodies:
            reservation = stack.enter_context(budget.reserve())
            for chunk in chunks:
                reservation.add(chunk)
        full = stack.enter_context(budget.reserve())
        full.add(FREE_BYTES)
        with pytest.raises(OverloadedError):
            full.add(1)
