"""Batching without waiting: a request that finds the runtime idle starts, what comes meanwhile goes together."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from model.contract.errors import OverloadedError
from model.serving.metrics import BATCH_REQUESTS, BATCH_ROWS, COMPUTE_SECONDS, WAITING_ROWS
from model.serving.runtime import f4


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    features: f4
    answer: asyncio.Future[f4]


class Batcher:
    """Gathers the rows of waiting requests while the former batch computes.

    One batch is computed at a time, in a thread of the executor. A request whose caller has gone (cancelled, timed
    out) is left out when its turn comes.
    """

    def __init__(self, run: Callable[[f4], f4], executor: Executor, *, batch_rows: int, queue_rows: int) -> None:
        """Takes what computes a batch.

        Args:
            run: float32 [n, 59, 3] -> float32 [n, 7].
            executor: where `run` is called.
            batch_rows: rows that go together; one request with more goes alone.
            queue_rows: rows that may wait.
        """
        self._run = run
        self._executor = executor
        self._batch_rows = batch_rows
        self._queue_rows = queue_rows
        self._queue: deque[_Waiting] = deque()
        self._waiting_rows = 0
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, features: f4) -> f4:
        """Computes the rows of one request, together with others that wait.

        Raises:
            OverloadedError: too many rows wait already.
        """
        if self._waiting_rows and self._waiting_rows + len(features) > self._queue_rows:
            raise OverloadedError(f"{self._waiting_rows} rows wait already, at most {self._queue_rows} may")
        waiting = _Waiting(features, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._count(len(features))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        try:
            while self._queue:
                batch = self._take()
                if batch:
                    await self._compute(batch)
        finally:
            self._worker = None

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        rows = 0
        while self._queue and (not batch or rows + len(self._queue[0].features) <= self._batch_rows):
            waiting = self._queue.popleft()
            self._count(-len(waiting.features))
            if not waiting.answer.done():
                batch.append(waiting)
                rows += len(waiting.features)
        return batch

    async def _compute(self, batch: list[_Waiting]) -> None:
        features = batch[0].features if len(batch) == 1 else np.concatenate([part.features for part in batch])
        BATCH_REQUESTS.observe(len(batch))
        BATCH_ROWS.observe(len(features))
        try:
            with COMPUTE_SECONDS.time():
                answers = await asyncio.get_running_loop().run_in_executor(self._executor, self._run, features)
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to the requests of this batch
            for part in batch:
                if not part.answer.done():
                    part.answer.set_exception(error)
            return
        start = 0
        for part in batch:
            stop = start + len(part.features)
            if not part.answer.done():
                part.answer.set_result(answers[start:stop])
            start = stop

    def _count(self, rows: int) -> None:
        self._waiting_rows += rows
        WAITING_ROWS.inc(rows)
