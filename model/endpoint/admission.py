"""Admission control: limits on requests in progress and on the memory that their bodies take."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from model.contract.errors import OverloadedError

UNCOUNTED_BYTES: Final = 64 * 2**10  # of every body; most requests are smaller, and large ones must not keep them out


class AdmissionController:
    """Limits the inference requests that a server handles concurrently, over all protocols."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_flight = 0

    def check(self) -> None:
        """Raise `OverloadedError` if `admit` would, so that the body of a request need not be read."""
        if self._in_flight >= self._limit:
            raise OverloadedError(f"{self._limit} requests are in progress already")

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Admit one request until the end of the block.

        Raises:
            OverloadedError: The limit of requests in progress is reached.
        """
        self.check()
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1


class BodyBudget:
    """Limits the memory of all request bodies that a server holds, over all protocols."""

    def __init__(self, limit: int, wait_seconds: float = 1.0) -> None:
        """Create an empty budget.

        Args:
            limit: Bytes that may be held.
            wait_seconds: How long a body waits for others to be released.
        """
        self._limit = limit
        self._wait_seconds = wait_seconds
        self._held = 0
        self._released = asyncio.Event()

    @asynccontextmanager
    async def open_reservation(self) -> AsyncIterator["Reservation"]:
        """Open a reservation for one body, which is released at the end of the block."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            self._held -= reservation.size
            self._released.set()

    async def acquire(self, size: int) -> None:
        """Count bytes that were received; wait for other bodies to be released if they exceed the limit.

        Raises:
            OverloadedError: The bodies in progress would still exceed the limit after `wait_seconds`.
        """
        if self._held + size > self._limit:
            await self._wait(size)
        self._held += size

    async def _wait(self, size: int) -> None:
        # The connection is not read while this body waits, so an endless body is slowed down before it is refused.
        try:
            async with asyncio.timeout(self._wait_seconds):
                while self._held + size > self._limit:
                    self._released.clear()
                    await self._released.wait()
        except TimeoutError as error:
            raise OverloadedError(
                f"body: cannot reserve {size} bytes; {self._held} of {self._limit} bytes are in use"
            ) from error


class Reservation:
    """The part of a budget that one body takes.

    The first `UNCOUNTED_BYTES` of every body are not counted: large bodies must not keep small ones out.

    Attributes:
        size: Counted bytes.
    """

    __slots__ = ("_budget", "_free", "size")

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._free = UNCOUNTED_BYTES
        self.size = 0

    async def extend(self, size: int) -> None:
        """Reserve more bytes; wait for other bodies to be released if the budget is exceeded.

        Raises:
            OverloadedError: The budget would still be exceeded after the time limit of `BodyBudget.acquire`.
        """
        self._free -= size
        if self._free < 0:
            counted, self._free = -self._free, 0
            await self._budget.acquire(counted)
            self.size += counted
