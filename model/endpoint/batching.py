"""Batching without waiting: a request that finds nothing under way starts, what comes meanwhile goes together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from model.contract.errors import OverloadedError
from model.endpoint.metrics import BATCH_REQUESTS, BATCH_ROWS, WAITING_ROWS
from model.protocol.tensors import Array

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Batch:
    work: asyncio.Task[None]
    left: int  # requests that wait for it


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Item, Answer]):
    item: Item
    rows: int
    answer: asyncio.Future[Answer]
    batch: _Batch | None = None  # that it went with


class Batcher(Generic[Item, Answer]):
    """Gathers the items of waiting requests while the former batch is worked on.

    Nothing waits for company: a batch starts with the next turn of the event loop in which fewer than `at_once` batches
    are under way. A request whose caller has gone (cancelled, timed out) is left out when its turn comes.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        role: str,
        batch_rows: int,
        queue_rows: int,
        at_once: int = 1,
    ) -> None:
        """Takes what works on a batch.

        Args:
            run: gives one answer for each item, in their order; an error is that of all of them.
            role: whose metrics count the batches.
            batch_rows: rows that go together; one request with more goes alone.
            queue_rows: rows that may wait.
            at_once: batches that may be under way.
        """
        self._run = run
        self._batch_rows = batch_rows
        self._queue_rows = queue_rows
        self._at_once = at_once
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._waiting_rows = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._starting = False
        self._batch_rows_seen = BATCH_ROWS.labels(role)
        self._batch_requests_seen = BATCH_REQUESTS.labels(role)
        self._waiting_rows_seen = WAITING_ROWS.labels(role)

    async def submit(self, item: Item, rows: int) -> Answer:
        """Works on one request's item, together with others that wait.

        Raises:
            OverloadedError: too many rows wait already.
        """
        if self._waiting_rows and self._waiting_rows + rows > self._queue_rows:
            raise OverloadedError(f"{self._waiting_rows} rows wait already, at most {self._queue_rows} may")
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Item, Answer] = _Waiting(item, rows, loop.create_future())
        self._queue.append(waiting)
        self._count(rows)
        if not self._starting:
            self._starting = True
            # With the loop's next turn, not now: requests that arrived in the same turn go together.
            loop.call_soon(self._start)
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            self._leave(waiting)
            raise

    def count_alone(self, rows: int) -> None:
        """Counts a request that goes past the batches."""
        self._batch_requests_seen.observe(1)
        self._batch_rows_seen.observe(rows)

    def _start(self) -> None:
        self._starting = False
        while self._queue and len(self._under_way) < self._at_once:
            if parts := self._take():
                task = asyncio.create_task(self._work(parts))
                self._under_way.add(task)
                task.add_done_callback(self._end)
                batch = _Batch(task, len(parts))
                for part in parts:
                    part.batch = batch

    def _end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()

    def _take(self) -> list[_Waiting[Item, Answer]]:
        batch: list[_Waiting[Item, Answer]] = []
        rows = 0
        while self._queue and (not batch or rows + self._queue[0].rows <= self._batch_rows):
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                self._count(-waiting.rows)
                batch.append(waiting)
                rows += waiting.rows
        if batch:
            self._batch_requests_seen.observe(len(batch))
            self._batch_rows_seen.observe(rows)
        return batch

    async def _work(self, batch: Sequence[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._run([part.item for part in batch])
            for part, answer in zip(batch, answers, strict=True):
                if not part.answer.done():
                    part.answer.set_result(answer)
        except BaseException as error:
            # Whatever it is belongs to the requests of this batch.
            for part in batch:
                if not part.answer.done():
                    part.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise

    def _leave(self, waiting: _Waiting[Item, Answer]) -> None:
        """Its caller has gone: a batch that nobody waits for any more is not worked on."""
        if waiting.batch is None:
            self._count(-waiting.rows)
            return
        waiting.batch.left -= 1
        if not waiting.batch.left:
            waiting.batch.work.cancel()

    def _count(self, rows: int) -> None:
        self._waiting_rows += rows
        self._waiting_rows_seen.inc(rows)


def split_rows(rows: Array, counts: Iterable[int]) -> list[Array]:
    """The rows of a batch as those of its items: [n, ...] -> one view for each count; the counts sum to n."""
    parts, start = [], 0
    for count in counts:
        parts.append(rows[start : start + count])
        start += count
    return parts
