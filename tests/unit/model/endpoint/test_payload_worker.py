"""The worker process for large payloads: results, errors, memory limit, and exit."""

import asyncio
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import psutil
import pytest

from model.contract.errors import InvalidInputError, TooLargeError, UnavailableError
from model.endpoint.payload_worker import PayloadWorker
from model.protocol.rest import read_object


def _run(work: Callable[[PayloadWorker], Awaitable[None]]) -> None:
    async def limited() -> None:
        worker = PayloadWorker()
        try:
            async with asyncio.timeout(60):
                await work(worker)
        finally:
            await worker.close()

    asyncio.run(limited())


def _ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while not _ended(pid):
        assert time.monotonic() < deadline, f"process {pid} is still running"
        time.sleep(0.05)


def test_calls_share_one_other_process() -> None:
    async def work(worker: PayloadWorker) -> None:
        assert await worker.run(operator.add, 1, 2) == 3
        pids = await asyncio.gather(*(worker.run(os.getpid) for _ in range(5)))
        assert len(set(pids)) == 1
        assert pids[0] != os.getpid()
        assert psutil.Process(pids[0]).nice() > psutil.Process().nice()

    _run(work)


def test_small_payload_is_handled_in_this_process() -> None:
    async def work(worker: PayloadWorker) -> None:
        assert await worker.run_if(False, os.getpid) == os.getpid()
        assert await worker.run_if(True, os.getpid) != os.getpid()

    _run(work)


def _refuse() -> None:
    raise UnavailableError("later", retry_after=7)


def test_error_of_the_call_is_raised() -> None:
    async def work(worker: PayloadWorker) -> None:
        with pytest.raises(InvalidInputError, match="body: expected JSON, got an empty body"):
            await worker.run(read_object, b"")
        with pytest.raises(UnavailableError, match="later") as caught:
            await worker.run(_refuse)
        assert caught.value.retry_after == 7
        assert await worker.run(operator.add, 1, 2) == 3

    _run(work)


MEMORY = "request: expected one that can be read in the memory available"


def test_call_over_the_memory_limit_is_refused_and_the_next_one_succeeds() -> None:
    async def work(worker: PayloadWorker) -> None:
        for _ in range(2):
            with pytest.raises(TooLargeError, match=MEMORY):
                await worker.run(bytes, 2**30)
            assert await worker.run(operator.add, 1, 2) == 3

    _run(work)


def test_worker_is_restarted_after_a_crash() -> None:
    async def work(worker: PayloadWorker) -> None:
        former = await worker.run(os.getpid)
        with pytest.raises(TooLargeError, match=MEMORY):
            await worker.run(os._exit, 1)
        assert await worker.run(os.getpid) != former

    _run(work)


def test_call_is_repeated_if_the_worker_is_killed() -> None:
    async def work(worker: PayloadWorker) -> None:
        former = await worker.run(os.getpid)
        waiting = asyncio.create_task(worker.run(time.sleep, 0.5))
        await asyncio.sleep(0.1)
        os.kill(former, signal.SIGKILL)
        await waiting
        assert await worker.run(os.getpid) != former

    _run(work)


def test_worker_ends_when_it_is_closed() -> None:
    pids = []

    async def work(worker: PayloadWorker) -> None:
        pids.append(await worker.run(os.getpid))

    _run(work)
    _await_end(pids[0])


def test_closing_an_unused_worker_starts_nothing() -> None:
    async def work(_: PayloadWorker) -> None:
        pass

    _run(work)


_SERVER = """
import asyncio, os
from model.endpoint.payload_worker import PayloadWorker

async def serve():
    worker = PayloadWorker()
    print(await worker.run(os.getpid), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(serve())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_worker_ends_when_its_server_is_killed(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        assert not _ended(pid)
        server.send_signal(number)
        server.wait()
        _await_end(pid)


def test_worker_ignores_interrupts_of_the_terminal() -> None:
    async def work(worker: PayloadWorker) -> None:
        pid = await worker.run(os.getpid)
        os.kill(pid, signal.SIGINT)
        assert await worker.run(os.getpid) == pid

    _run(work)
