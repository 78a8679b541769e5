"""Admission control: limits on requests in progress and on the memory that their bodies take."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from model.contract.errors import OverloadedError

FREE_BYTES: Final = 64 * 2**10


class AdmissionController:
    """Limits the inference requests that a server handles at once, over all protocols."""

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
            OverloadedError: As many requests as the limit allows are in progress.
        """
        self.check()
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1


class BodyBudget:
    """Limits the bytes of request bodies that a server holds at once, over all protocols."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    @contextmanager
    def reserve(self) -> Iterator["Reservation"]:
        """Reserve memory for one body until the end of the block."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            self._held -= reservation.size

    def take(self, size: int) -> None:
        """Count bytes that were received.

        Raises:
            OverloadedError: The bodies in progress would exceed the limit.
        """
        if self._held + size > self._limit:
            raise OverloadedError(f"request bodies in progress take {self._held} of {self._limit} bytes")
        self._held += size


class Reservation:
    """The part of a budget that one body takes.

    The first `FREE_BYTES` of every body are not counted: large bodies must not keep small ones out.

    Attributes:
        size: Counted bytes.
    """

    __slots__ = ("_budget", "_free", "size")

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._free = FREE_BYTES
        self.size = 0

    def add(self, size: int) -> None:
        """Reserve more bytes; raises `OverloadedError` as `BodyBudget.take`."""
        self._free -= size
        if self._free < 0:
            self._budget.take(-self._free)
            self.size -= self._free
            self._free = 0
