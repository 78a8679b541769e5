"""Worker process that reads and writes large payloads, so that they do not delay other requests."""

import asyncio
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Final, TypeVar

from model.contract.errors import TooLargeError
from model.endpoint.memory import return_free_memory, return_large_blocks

Result = TypeVar("Result")

# Parsing this much takes about 2 ms; sending it to another process takes 1 ms.
LARGE_BYTES: Final = 64 * 2**10
LARGE_VALUES: Final = 2**12
# The largest valid request needs 250 MiB; this limit is for invalid ones.
_MEMORY_BYTES: Final = 384 * 2**20


class PayloadWorker:
    """A process that reads and writes large payloads one after the other. It starts with the first payload."""

    def __init__(self) -> None:
        self._executor: ProcessPoolExecutor | None = None

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Call a function in the worker process.

        Args:
            work: Module-level function; arguments and result are pickled.
            *arguments: Arguments of the function.

        Raises:
            TooLargeError: The call needs more memory than the limit of the process.
        """
        try:
            try:
                return await self._submit(work, *arguments)
            except BrokenProcessPool:
                # Another call may have crashed the process.
                return await self._submit(work, *arguments)
        except (MemoryError, BrokenProcessPool) as error:
            raise TooLargeError("request: expected one that can be read in the memory available") from error

    async def _submit(self, work: Callable[..., Result], *arguments: object) -> Result:
        executor = self._executor = self._executor or _start()
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, _call, work, *arguments)
        except BrokenProcessPool:
            if self._executor is executor:
                self._executor = None
            raise

    async def run_if(self, large: bool, work: Callable[..., Result], *arguments: object) -> Result:
        """Call a function in the worker process if the payload is large, otherwise in this one; errors as `run`."""
        return await self.run(work, *arguments) if large else work(*arguments)

    async def close(self) -> None:
        """Stop the process."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


def _start() -> ProcessPoolExecutor:
    # Spawned, because a fork would inherit the sockets and locks of the server.
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_initialise)


def _initialise() -> None:
    # Ctrl-C stops the server, which then stops this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    return_large_blocks()
    os.nice(10)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    # The executor stops its processes only in an orderly exit; this process must not outlive a killed server.
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(1)


def _call(work: Callable[..., Result], *arguments: object) -> Result:
    try:
        return work(*arguments)
    finally:
        return_free_memory()
