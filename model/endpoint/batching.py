"""Batching without waiting: run immediately when idle; requests that arrive during a batch form the next batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from model.contract.errors import OverloadedError
from model.endpoint.server_metrics import BATCH_REQUESTS, BATCH_ROWS, WAITING_ROWS
from model.protocol.tensors import Array

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Batch:
    task: asyncio.Task[None]
    callers: int  # not cancelled


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Item, Answer]):
    item: Item
    rows: int
    answer: asyncio.Future[Answer]
    batch: _Batch | None = None  # None while the request is in the queue


class Batcher(Generic[Item, Answer]):
    """Combines the items of concurrent requests into batches.

    A batch starts in the next event loop iteration in which fewer than `at_once` batches are running, so requests never
    wait for a batch to fill. Queued requests whose callers were cancelled or timed out are dropped.
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
        """Start without requests.

        Args:
            run: Processes a batch and returns one answer per item, in the same order. If it raises, all requests of
                the batch fail with this error.
            role: Label of the metrics: `predictor` or `transformer`.
            batch_rows: Largest number of rows in a batch; a request with more rows is a batch alone.
            queue_rows: Largest number of waiting rows.
            at_once: Largest number of batches that run concurrently.
        """
        self._run = run
        self._batch_rows = batch_rows
        self._queue_rows = queue_rows
        self._at_once = at_once
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._waiting_rows = 0
        self._running: set[asyncio.Task[None]] = set()
        self._start_scheduled = False
        self._batch_rows_metric = BATCH_ROWS.labels(role)
        self._batch_requests_metric = BATCH_REQUESTS.labels(role)
        self._waiting_rows_metric = WAITING_ROWS.labels(role)

    async def submit(self, item: Item, rows: int) -> Answer:
        """Process the item of one request in a batch, and return its answer.

        Raises:
            OverloadedError: Too many rows are waiting.
        """
        if self._waiting_rows and self._waiting_rows + rows > self._queue_rows:
            raise OverloadedError(f"{self._waiting_rows} rows are waiting already, the limit is {self._queue_rows}")
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Item, Answer] = _Waiting(item, rows, loop.create_future())
        self._queue.append(waiting)
        self._count(rows)
        if not self._start_scheduled:
            self._start_scheduled = True
            # In the next event loop iteration, so that requests that arrived in this one share a batch.
            loop.call_soon(self._start)
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            self._drop(waiting)
            raise

    def count_alone(self, rows: int) -> None:
        """Count a request that is not batched in the metrics, as a batch of one."""
        self._batch_requests_metric.observe(1)
        self._batch_rows_metric.observe(rows)

    def _start(self) -> None:
        self._start_scheduled = False
        while self._queue and len(self._running) < self._at_once:
            if parts := self._take():
                task = asyncio.create_task(self._process(parts))
                self._running.add(task)
                task.add_done_callback(self._finish)
                batch = _Batch(task, len(parts))
                for part in parts:
                    part.batch = batch

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
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
            self._batch_requests_metric.observe(len(batch))
            self._batch_rows_metric.observe(rows)
        return batch

    async def _process(self, batch: Sequence[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._run([part.item for part in batch])
            for part, answer in zip(batch, answers, strict=True):
                if not part.answer.done():
                    part.answer.set_result(answer)
        except BaseException as error:
            # Any error is passed on to the requests of this batch.
            for part in batch:
                if not part.answer.done():
                    part.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise

    def _drop(self, waiting: _Waiting[Item, Answer]) -> None:
        """Handle a cancelled caller: cancel the batch when all of its callers are cancelled."""
        if waiting.batch is None:
            self._count(-waiting.rows)
            return
        waiting.batch.callers -= 1
        if not waiting.batch.callers:
            waiting.batch.task.cancel()

    def _count(self, rows: int) -> None:
        self._waiting_rows += rows
        self._waiting_rows_metric.inc(rows)


def split_rows(rows: Array, counts: Iterable[int]) -> list[Array]:
    """Split the rows of a batch into one view per item.

    Args:
        rows: [n, ...].
        counts: Number of rows of each item; they sum to n.
    """
    parts, start = [], 0
    for count in counts:
        parts.append(rows[start : start + count])
        start += count
    return parts
