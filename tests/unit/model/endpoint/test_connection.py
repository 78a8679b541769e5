"""Connections in one event loop, on transports that keep what is written: who is answered, refused, or left alone."""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import uvicorn
from uvicorn.server import ServerState

from model.endpoint.connection import Connection, connection_kind
from model.endpoint.direct import DirectInfer
from model.endpoint.service import NO_HEADERS, Service
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec

pytestmark = pytest.mark.anyio
_LIMIT = 1000
_TENSOR = {"name": "number", "shape": [1], "datatype": "FP64", "data": [2.0]}


def pieces(identifier: str = "a", padding: int = 0, version: str = "1") -> list[bytes]:
    """Head and body of a request."""
    body = json.dumps({"id": "mine", "inputs": [_TENSOR]}).encode() + b" " * padding
    head = f"POST /v2/models/room/versions/{version}/infer HTTP/1.1\r\nx-request-id: {identifier}\r\n"
    return [f"{head}content-length: {len(body)}\r\n\r\n".encode(), body]


def request(identifier: str = "a", padding: int = 0, version: str = "1") -> bytes:
    return b"".join(pieces(identifier, padding, version))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


both = pytest.mark.parametrize("whole", [True, False], ids=["whole", "in pieces"])


async def give(one: Connection, *, whole: bool) -> None:
    """A request, and time to begin with it; an answer that need not wait is there then."""
    for piece in [request()] if whole else pieces():
        one.data_received(piece)
        await _turns()


class Transport:
    """Keeps what is written, each call apart."""

    def __init__(self, socket: socket.socket | None = None, *, encrypted: bool = False) -> None:
        self.written: list[bytes] = []
        self.closed = self.paused = False
        self.socket, self.encrypted, self.waiting = socket, encrypted, 0

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"socket": self.socket, "sslcontext": self.encrypted or None}.get(name, default)


class Room(Service):
    """A service that answers so many requests at once, and none of them before it is told to."""

    role, platform = "room", "test"
    inputs = outputs = (TensorSpec("number", ("FP64",), (-1,)),)

    def __init__(self, places: int, *, open_: bool = False) -> None:
        super().__init__("room")
        self.places, self.taken, self.computed = places, 0, 0
        self.go_on = asyncio.Event()
        if open_:
            self.go_on.set()

    @property
    def versions(self) -> Sequence[str]:
        return ["1"]

    async def check_ready(self) -> None:
        return

    def overload(self, others: int = 0) -> str | None:
        return None if self.taken + others < self.places else "full"

    async def infer(
        self, request: InferRequest, version: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> InferResponse:
        del headers
        self.taken += 1
        try:
            await self.go_on.wait()
        finally:
            self.taken -= 1
        self.computed += 1
        return InferResponse(self.name, str(version), request.id, {"number": np.sqrt(request.inputs["number"])})


def connections(
    room: Room, count: int, keep_alive: float = 5, transport: Callable[[], Transport] = Transport
) -> list[Connection]:
    async def nothing_else(*_: object) -> None:
        raise AssertionError("not an inference request")

    app = DirectInfer(nothing_else, room, _LIMIT)
    kind = connection_kind(room, _LIMIT)
    config = uvicorn.Config(app, log_config=None, access_log=False)
    config.load()
    config.timeout_keep_alive = keep_alive  # type: ignore[assignment]  # parts of a second will do
    config.loaded_app = app  # as it is
    found = []
    for _ in range(count):
        made = kind(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())
        made.connection_made(transport())  # type: ignore[arg-type]  # what is used of one
        found.append(made)
    return found


def written(one: Connection) -> list[bytes]:
    transport: Any = one.transport
    return list(transport.written)


def statuses(one: Connection) -> list[int]:
    return [int(answer.split(b" ", 2)[1]) for answer in written(one)]


async def _turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _closed(one: Connection) -> None:
    async with asyncio.timeout(5):
        while not one.transport.is_closing():  # noqa: ASYNC110  # a stand-in, that tells nobody
            await asyncio.sleep(0.01)


async def test_requests_that_come_in_one_turn_of_the_loop_count_each_other() -> None:
    room = Room(places=2)
    several = connections(room, 5)
    for one in several:
        one.data_received(request())
    # Refused before any of them could be begun.
    assert [statuses(one) for one in several] == [[], [], [503], [503], [503]]
    await _turns()
    assert room.taken == 2
    room.go_on.set()
    await _turns()
    assert [statuses(one) for one in several] == [[200], [200], [503], [503], [503]]
    # What was begun in that turn is not counted for ever.
    several[2].data_received(request())
    await _turns()
    assert statuses(several[2]) == [503, 200]


@both
async def test_an_answer_is_one_write(*, whole: bool) -> None:
    (one,) = connections(Room(places=1, open_=True), 1)
    await give(one, whole=whole)
    (answer,) = written(one)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"x-request-id: a",
        b"content-type: application/json",
        b"content-length: %d" % len(body),
    ]
    assert json.loads(body)["outputs"] == [{"name": "number", "shape": [1], "datatype": "FP64", "data": [2.0**0.5]}]


@both
async def test_who_leaves_is_not_computed_for(*, whole: bool) -> None:
    room = Room(places=1)
    (one,) = connections(room, 1)
    await give(one, whole=whole)
    assert room.taken == 1
    one.connection_lost(None)
    await _turns()
    assert room.taken == 0
    room.go_on.set()
    await _turns()
    assert (room.computed, written(one)) == (0, [])


@both
async def test_a_server_that_ends_answers_and_closes(*, whole: bool) -> None:
    room = Room(places=1)
    (one,) = connections(room, 1)
    await give(one, whole=whole)
    one.shutdown()
    assert not one.transport.is_closing()
    room.go_on.set()
    await _turns()
    assert statuses(one) == [200]
    assert b"\r\nconnection: close\r\n\r\n" in written(one)[0]
    assert one.transport.is_closing()


@both
async def test_a_connection_that_falls_silent_is_closed_and_one_that_waits_is_not(*, whole: bool) -> None:
    room = Room(places=1)
    (one,) = connections(room, 1, keep_alive=0.05)
    room.go_on.set()
    await give(one, whole=whole)
    room.go_on.clear()
    await give(one, whole=whole)
    await asyncio.sleep(0.2)
    assert not one.transport.is_closing()
    room.go_on.set()
    await _turns()
    assert statuses(one) == [200, 200]
    await _closed(one)


@both
async def test_a_connection_that_was_refused_and_falls_silent_is_closed(*, whole: bool) -> None:
    (one,) = connections(Room(places=0), 1, keep_alive=0.05)
    await give(one, whole=whole)
    assert statuses(one) == [503]
    await _closed(one)


@pytest.mark.parametrize("split", [0, 10], ids=["whole", "in pieces"])
async def test_what_comes_before_the_answer_waits_for_it(split: int) -> None:
    room = Room(places=9)
    (one,) = connections(room, 1)
    one.data_received(request("first"))
    await _turns()
    rest = request("second") + request("third")
    for piece in (rest[:split], rest[split:]) if split else (rest,):
        one.data_received(piece)
    await _turns()
    assert room.taken == 1
    room.go_on.set()
    await _turns(30)
    assert statuses(one) == [200, 200, 200]
    names = [answer.split(b"x-request-id: ")[1].split(b"\r\n")[0] for answer in written(one)]
    assert names == [b"first", b"second", b"third"]
    assert not one.transport.paused  # type: ignore[attr-defined]  # the stand-in's


async def test_what_is_wrong_with_a_whole_request_is_told_as_ever() -> None:
    (one,) = connections(Room(places=1, open_=True), 1)
    one.data_received(request(version="2"))
    await _turns()
    one.data_received(request(padding=_LIMIT))
    await _turns()
    assert statuses(one) == [404, 413]
    assert b'{"error":"version: expected one that is served (1), got \'2\'"}' in written(one)[0]
    assert b'{"error":"body: expected at most 1000 bytes, got ' in written(one)[1]


async def test_requests_leave_the_class_as_it_was() -> None:
    # Each change of a class makes Python look for all attributes anew, and of such changes it can count so many only.
    room = Room(places=1, open_=True)
    first, second = connections(room, 2)
    kind = type(first)
    before = dict(vars(kind))
    first.data_received(request())
    second.data_received(request())
    await _turns()
    assert [statuses(one) for one in (first, second)] == [[200], [503]]
    assert dict(vars(kind)) == before


async def test_requests_add_no_attributes_to_a_connection() -> None:
    # With more than some thirty Python keeps those of each object apart, and no longer knows where they are.
    room = Room(places=1, open_=True)
    answered_first, refused_first = connections(room, 2)
    before = list(vars(answered_first))
    for order in ((answered_first, refused_first), (refused_first, answered_first)):
        for one in order:
            one.data_received(request())
        await _turns()
    assert [statuses(one) for one in (answered_first, refused_first)] == [[200, 503], [503, 200]]
    assert [list(vars(one)) for one in (answered_first, refused_first)] == [before, before]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Of one connection: the server's and the client's, which do not wait."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        yield ours, theirs


def _received(end: socket.socket) -> bytes:
    found = b""
    while True:
        try:
            found += end.recv(1 << 20)
        except BlockingIOError:
            return found


def _refused(ours: socket.socket, waiting: int = 0, *, encrypted: bool = False) -> list[bytes]:
    """What is given to the transport of a request that is refused."""
    transport = Transport(ours, encrypted=encrypted)
    (one,) = connections(Room(places=0), 1, transport=lambda: transport)
    transport.waiting = waiting
    one.data_received(request())
    return transport.written


@pytest.fixture
async def refusal() -> bytes:
    """All of it."""
    (one,) = connections(Room(places=0), 1)
    one.data_received(request())
    (answer,) = written(one)
    return answer


async def test_a_refusal_goes_past_the_transport(ends: tuple[socket.socket, socket.socket], refusal: bytes) -> None:
    ours, theirs = ends
    assert _refused(ours) == []
    assert _received(theirs) == refusal


@pytest.mark.parametrize("kept", [{"waiting": 1}, {"encrypted": True}], ids=["what waits there is first", "encrypted"])
async def test_a_refusal_that_must_not(
    ends: tuple[socket.socket, socket.socket], refusal: bytes, kept: dict[str, Any]
) -> None:
    ours, theirs = ends
    assert _refused(ours, **kept) == [refusal]
    assert _received(theirs) == b""


async def test_what_the_socket_does_not_take_is_the_transports(
    ends: tuple[socket.socket, socket.socket], refusal: bytes
) -> None:
    ours, theirs = ends
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    full = 0
    with suppress(BlockingIOError):
        while True:
            full += ours.send(b"x")
    assert _refused(ours) == [refusal]
    assert _received(theirs) == b"x" * full


async def test_the_rest_of_what_the_socket_takes_a_part_of_is_the_transports(
    ends: tuple[socket.socket, socket.socket], refusal: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
    assert _refused(ours) == [refusal[10:]]
    assert _received(theirs) == refusal[:10]


async def test_a_client_that_has_gone_is_told_by_the_transport(
    ends: tuple[socket.socket, socket.socket], refusal: bytes
) -> None:
    ours, theirs = ends
    theirs.close()
    assert _refused(ours) == [refusal]
