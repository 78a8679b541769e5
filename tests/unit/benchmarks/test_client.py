"""The load client counts responses, refusals, failures and lost connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from benchmarks.client import Result, Spec, _Run
from benchmarks.fixed_response_server import serving

REQUEST = "POST /x HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"
EMPTY = b"\r\ncontent-length: 0\r\n\r\n"
Answer = Callable[[Any, int], None]


class Answering(asyncio.Protocol):
    """A server that answers each request depending on its number on the connection."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._number = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002  # requests arrive in one read
        self._number += 1
        self._answer(self._transport, self._number)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(answer), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def run(answer: Answer, concurrency: int = 3, seconds: float = 0.3, rate: float | None = None) -> Result:
    async def work() -> Result:
        async with answering(answer) as port:
            return await _Run(Spec("127.0.0.1", port, (REQUEST,), concurrency, seconds, rate)).run()

    return asyncio.run(work())


def in_pieces(transport: Any, number: int) -> None:
    pieces = (b"HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 1\r\nConte", b"nt-Length: 4\r\n", b"\r\nab", b"cd")
    for position, piece in enumerate(pieces):
        asyncio.get_running_loop().call_later(0.002 * position, transport.write, piece)


def refusing(transport: Any, number: int) -> None:
    status = b"503 Service Unavailable" if number % 2 else b"200 OK"
    transport.write(b"HTTP/1.1 " + status + EMPTY)


def failing(transport: Any, number: int) -> None:
    transport.write(b"HTTP/1.1 500 Oh" + EMPTY)


def hanging_up(transport: Any, number: int) -> None:
    transport.close()


def slow(transport: Any, number: int) -> None:
    asyncio.get_running_loop().call_later(0.1, transport.write, b"HTTP/1.1 200 OK" + EMPTY)


def test_response_in_pieces_is_counted_once() -> None:
    found = run(in_pieces)
    assert len(found.latencies) > 3
    assert (found.failures, found.refusals, found.missed) == ({}, [], 0)
    assert found.client_cpu > 0


def test_refusals_are_counted_separately() -> None:
    found = run(refusing)
    assert len(found.latencies) > 3
    assert len(found.refusals) > 3


def test_failures_are_counted_by_status() -> None:
    assert set(run(failing).failures) == {"500"}
    assert run(hanging_up).failures == {"connection lost": 3}


def test_requests_follow_the_rate_and_are_missed_without_an_idle_connection() -> None:
    kept = run(refusing, concurrency=8, seconds=0.5, rate=100)
    assert len(kept.latencies) + len(kept.refusals) + kept.missed in {49, 50}
    overrun = run(slow, concurrency=2, seconds=0.5, rate=100)
    assert overrun.latencies
    assert overrun.missed > len(overrun.latencies)


def test_fixed_server_answers_immediately() -> None:
    async def work() -> Result:
        async with serving() as port:
            return await _Run(Spec("127.0.0.1", port, (REQUEST,), 4, 0.2)).run()

    found = asyncio.run(work())
    assert len(found.latencies) > 100
    assert found.failures == {}


@pytest.mark.parametrize("concurrency", [1, 7])
def test_every_connection_is_used(concurrency: int) -> None:
    assert len(run(slow, concurrency=concurrency, seconds=0.05).latencies) == concurrency
