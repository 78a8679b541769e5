"""Which bytes are a whole inference request (whatever is in doubt is read as any other), and what is refused."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from model.endpoint.shedding import SheddingProtocol, shedding_protocol, whole_request

LINE = b"POST /v2/models/nextclose/infer HTTP/1.1\r\n"
BODY = b'{"inputs": []}'


def request(line: bytes = LINE, headers: bytes = b"host: x\r\n", length: int = len(BODY), body: bytes = BODY) -> bytes:
    return line + headers + f"Content-Length: {length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("data", "identifier"),
    [
        (request(), b""),
        (request(headers=b"host: x\r\nX-Request-ID:  abc-1\r\nConnection: keep-alive\r\naccept: */*\r\n"), b"abc-1"),
        (request(headers=b"host: x\r\nconnection:keep-alive\r\n"), b""),
        (request(line=b"POST /v2/models/nextclose/versions/20261124T014500Z-1a2b3c4d/infer HTTP/1.1\r\n"), b""),
        (request(length=0, body=b""), b""),
        (request(headers=b"host: x\r\nx-request-id: abc \t\r\n"), b"abc"),
    ],
)
def test_whole_requests(data: bytes, identifier: bytes) -> None:
    assert whole_request(data) == identifier


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE,
        request()[:-1],
        request() + b"P",
        request() + request(),
        request(line=b"GET /v2/models/nextclose/infer HTTP/1.1\r\n"),
        request(line=b"POST /v2/models/nextclose/infer HTTP/1.0\r\n"),
        request(line=b"POST /v2/models/nextclose/infer?x=1 HTTP/1.1\r\n"),
        request(line=b"POST /v2/models/next%63lose/infer HTTP/1.1\r\n"),
        request(line=b"POST /v1/models/nextclose:predict HTTP/1.1\r\n"),
        request(line=b"POST /symbols HTTP/1.1\r\n"),
        request(headers=b"host: x\r\nConnection: close\r\n"),
        request(headers=b"host: x\r\nconnection:  upgrade\r\nupgrade: h2c\r\n"),
        request(headers=b"host: x\r\nTransfer-Encoding: chunked\r\n"),
        request(headers=b"host: x\r\nExpect: 100-continue\r\n"),
        request(headers=b"host: x\r\ncontent-length: 14\r\n"),
        request(headers=b"host: x\r\n goes: on\r\n"),
        request(headers=b"host: x\r\ncontent-length : 3\r\n"),
        request(headers=b"host: x\ntransfer-encoding: chunked\r\n"),
        request(headers=b"host: x\ry: z\r\n"),
        request(line=b"POST /v2/models/m\r\nx/infer HTTP/1.1\r\n"),
        request().replace(b"Content-Length: 14", b"Content-Length: +14"),
        request().replace(b"Content-Length: 14\r\n", b""),
    ],
)
def test_all_else(data: bytes) -> None:
    assert whole_request(data) is None


class Transport:
    """Keeps what is written, each call apart."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, *_: object) -> None:
        return None


class Room:
    """A service that answers so many requests at once, and none of them soon."""

    def __init__(self, places: int) -> None:
        self.places, self.taken, self.go_on = places, 0, asyncio.Event()

    def overload(self, others: int = 0) -> str | None:
        return None if self.taken + others < self.places else "full"

    async def answer(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.taken += 1
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})


def protocols(room: Room, count: int, keep_alive: float = 5) -> list[SheddingProtocol]:
    service: Any = SimpleNamespace(role="test", overload=room.overload)
    kind = shedding_protocol(service)
    config = uvicorn.Config(room.answer, log_config=None, access_log=False)
    config.load()
    config.timeout_keep_alive = keep_alive  # type: ignore[assignment]  # parts of a second will do
    config.loaded_app = room.answer  # as it is
    found = []
    for _ in range(count):
        made = kind(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())
        made.connection_made(Transport())  # type: ignore[arg-type]  # what is used of one
        found.append(made)
    return found


def written(protocol: SheddingProtocol) -> list[bytes]:
    transport: Any = protocol.transport
    return list(transport.written)


async def _turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_requests_that_come_in_one_turn_of_the_loop_count_each_other() -> None:
    async def work() -> None:
        room = Room(places=2)
        several = protocols(room, 5)
        for one in several:
            one.data_received(request())
        # Refused before any of them could be begun.
        assert [len(written(one)) for one in several] == [0, 0, 1, 1, 1]
        assert all(written(one)[0].startswith(b"HTTP/1.1 503 ") for one in several[2:])
        await _turns()
        assert room.taken == 2
        room.go_on.set()
        await _turns()
        assert [len(written(one)) for one in several] == [1, 1, 1, 1, 1]
        # What was begun in that turn is not counted for ever.
        room.taken = 0
        several[2].data_received(request())
        await _turns()
        assert written(several[2])[-1].startswith(b"HTTP/1.1 200 ")

    asyncio.run(work())


def test_an_answer_is_one_write() -> None:
    async def work() -> None:
        room = Room(places=1)
        room.go_on.set()
        (one,) = protocols(room, 1)
        one.data_received(request())
        await _turns()
        (answer,) = written(one)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"\r\n\r\n{}")

    asyncio.run(work())


@pytest.mark.parametrize("pieces", [[request()], [request()[: -len(BODY)], BODY]], ids=["whole", "head and body"])
def test_a_connection_that_was_refused_and_falls_silent_is_closed(pieces: list[bytes]) -> None:
    async def work() -> None:
        (one,) = protocols(Room(places=0), 1, keep_alive=0.05)
        for piece in pieces:
            one.data_received(piece)
            await _turns()
        assert [answer[:12] for answer in written(one)] == [b"HTTP/1.1 503"]
        async with asyncio.timeout(5):
            while not one.transport.is_closing():  # noqa: ASYNC110  # a stand-in, that tells nobody
                await asyncio.sleep(0.01)

    asyncio.run(work())
