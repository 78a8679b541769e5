"""Limits of time: what takes longer is ended, be it one thing or all requests of a service."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, cast

from model.contract.errors import DeadlineExceededError


def within(seconds: float | None) -> AbstractContextManager[None]:
    """Ends what takes longer, this once; None sets no limit.

    Raises:
        DeadlineExceededError: the time was over.
    """
    return nullcontext() if seconds is None else TimeLimit(seconds).each()


class TimeLimit:
    """The same limit for all requests, and one timer: one for each would cost some 4 % of what an answer costs."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: set[_Limited] = set()
        self._timer: asyncio.TimerHandle | None = None

    def each(self) -> AbstractContextManager[None]:
        """Ends what takes longer.

        Raises:
            DeadlineExceededError: the time was over.
        """
        return _Limited(self, self._seconds)

    def add(self, one: "_Limited", loop: asyncio.AbstractEventLoop) -> None:
        """From now on `one` is looked after."""
        self._under_way.add(one)
        if self._timer is None:
            self._timer = loop.call_at(one.end, self._look, loop)

    def discard(self, one: "_Limited") -> None:
        """It has ended."""
        self._under_way.discard(one)
        if self._timer is not None and not self._under_way:
            self._timer.cancel()
            self._timer = None

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for one in [one for one in self._under_way if one.end <= now]:
            self._under_way.remove(one)
            one.expire()
        # Whatever has come meanwhile ends later than what the timer was set for.
        ends = [one.end for one in self._under_way]
        self._timer = loop.call_at(min(ends), self._look, loop) if ends else None


class _Limited:
    """Cheaper than `asyncio.timeout`, or a generator: every request enters one."""

    __slots__ = ("_cancelling", "_expired", "_limit", "_seconds", "_task", "end")

    def __init__(self, limit: TimeLimit, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> None:
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        loop = self._task.get_loop()
        self.end = loop.time() + self._seconds
        self._limit.add(self, loop)

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._limit.discard(self)
        # By this alone: where somebody else has cancelled the task too, that goes on.
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise DeadlineExceededError(f"no answer within {self._seconds:.3g} s") from error
