"""Connections over HTTP: inference requests that come as a whole are answered, or refused, past parser and framework.

Whatever a request costs besides its forecast is missing for others. At twice the load that can be answered, half of the
requests are refused: a whole one unread, one that comes in pieces once its head is read.
"""

import asyncio
import os
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from model.contract.errors import OverloadedError
from model.endpoint.answer import answer_v2
from model.endpoint.direct import infer_path
from model.endpoint.metrics import REQUESTS
from model.endpoint.replies import REQUEST_ID, Reply, error_reply, request_id
from model.endpoint.service import Service
from model.endpoint.whole_request import Head, whole_request
from model.protocol.tensors import new_id


def connection_kind(service: Service, body_limit: int) -> "type[Connection]":
    """What uvicorn makes for each connection.

    Args:
        service: what answers.
        body_limit: in bytes, of a whole request; a longer one is left to the application, which refuses it.
    """

    class _Connection(Connection):
        """With its service: uvicorn makes them itself."""

    _Connection.service = service
    _Connection.body_limit = body_limit
    code = str(HTTPStatus.SERVICE_UNAVAILABLE.value)
    _Connection.turn = _Turn(service, REQUESTS.labels(service.role, "v2", code, OverloadedError.reason))
    return _Connection


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An answer around the request's id: the same as for any other error."""

    before: bytes
    after: bytes


class _Turn:
    """What happened to all connections of a server in this turn of the event loop.

    An object of its own: were it kept on their class, each change would make Python forget where it finds attributes of
    them all.
    """

    __slots__ = ("_begun", "_counter", "_refusal", "_refused", "_service")

    def __init__(self, service: Service, counter: Counter) -> None:
        self._service = service
        self._counter = counter
        self._begun = self._refused = 0
        self._refusal: _Refusal | None = None

    def refusal(self, headers: list[tuple[bytes, bytes]]) -> _Refusal | None:
        """The refusal of one more request; None where it is to be answered.

        Decided once: after the first that is refused in a turn all others are, by the same answer.

        Args:
            headers: those that the server gives every answer.
        """
        if self._refusal is None and (reason := self._service.overload(self._begun)) is not None:
            self._refusal = _refusal(reason, _lines(tuple(headers)))
        return self._refusal

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Counts an inference request.

        The service sees it in the next turn only: without this, all that come in one turn would find room, and most of
        them be refused after they had been read.
        """
        self._open(loop)
        self._begun += 1

    def refuse(self, loop: asyncio.AbstractEventLoop) -> None:
        """Counts one that is refused."""
        self._open(loop)
        self._refused += 1

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._begun + self._refused:
            loop.call_soon(self._end)

    def _end(self) -> None:
        if self._refused:
            self._counter.inc(self._refused)
        self._begun = self._refused = 0
        self._refusal = None


class _HeadWithBody:
    """A transport for one answer of two parts, which uvicorn writes one by one: each is a system call, and a packet."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keeps the first part until there is the second."""
        if self._head is None:
            self._head = data
        else:
            self._transport.write(self._head + data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, which looks for whole inference requests first, and asks the service before it starts one."""

    # Besides uvicorn's 27 attributes: with more than 30 Python no longer knows where each of them is, which makes a
    # refusal a third more expensive where connections got them in different orders.
    __slots__ = ("_between", "_descriptor", "_quiet_since", "_whole", "_work")

    service: ClassVar[Service]
    body_limit: ClassVar[int]
    turn: ClassVar[_Turn]
    # Set on the class when the process is about to end: every answer then asks its client to connect anew elsewhere.
    leaving: ClassVar[bool] = False
    _descriptor: int | None  # of the socket, unless what is sent on it is encrypted
    _between: bool  # requests: whatever came before has been read to its end
    _quiet_since: float
    _whole: RequestResponseCycle | None  # stands for the whole requests of this connection, one after the other
    _work: asyncio.Task[None] | None  # on one of them

    def data_received(self, data: bytes) -> None:
        """Takes a whole inference request, or lets the parser read."""
        head = whole_request(data) if self._between and self._may_take() else None
        if head is None or head.length > self.body_limit:
            super().data_received(data)
        elif (refusal := self.turn.refusal(self.server_state.default_headers)) is not None:
            self._refuse(refusal, head.headers.get(REQUEST_ID, ""))
        else:
            self._take(head, data[head.size :])

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Learns where to write past the transport."""
        super().connection_made(transport)
        self._between, self._quiet_since = True, self.loop.time()
        self._whole = self._work = None
        socket = transport.get_extra_info("socket")
        self._descriptor = socket.fileno() if socket is not None and self.scheme == "http" else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to be answered: nothing is computed."""
        super().connection_lost(exc)
        if self._work is not None:
            self._work.cancel()

    def on_message_begin(self) -> None:
        """The parser's."""
        self._between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser's."""
        super().on_headers_complete()
        if self.leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The parser's."""
        self._between = True
        super().on_message_complete()
        answered = self.cycle.response_complete and not self.transport.is_closing()
        if answered and self.timeout_keep_alive_task is None:
            # A body that came after its refusal: each of its pieces took the time-out away.
            self._keep_alive(self.timeout_keep_alive)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        inference = infer_path(cycle.scope) is not None
        refusal = self.turn.refusal(self.server_state.default_headers) if inference else None
        if refusal is None or not (cycle.keep_alive and self._may_take(cycle)):
            if inference:
                self.turn.begin(self.loop)
                if not cycle.waiting_for_100_continue:
                    cycle.transport = cast("asyncio.Transport", _HeadWithBody(cycle.transport))
            super()._start_asgi_task(cycle, app)
            return
        name = REQUEST_ID.encode()
        sent = next((value for key, value in cycle.scope["headers"] if key == name), b"")
        self._refuse(refusal, sent.decode("latin-1"))
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()

    def _may_take(self, cycle: RequestResponseCycle | None = None) -> bool:
        # Else as any other request, which waits for its turn and where the client does not read, and is read before it
        # is answered: a connection that is closed on a body that still comes is reset, and the answer is lost. What the
        # log of all requests is to show goes that way too.
        busy = self.cycle is not cycle and not getattr(self.cycle, "response_complete", True)
        return not (
            self.leaving
            or busy
            or self.pipeline
            or self.flow.write_paused
            or self.access_log
            or self.transport.is_closing()
        )

    def _take(self, head: Head, body: bytes) -> None:
        if self._whole is None:
            self._whole = self._make_cycle()
        # What comes meanwhile waits for it, and a server that ends asks it to be the last.
        self.cycle = self._whole
        self.cycle.response_complete, self.cycle.keep_alive = False, True
        self.turn.begin(self.loop)
        self._work = self.loop.create_task(self._answer(self.cycle, head, body))
        self.tasks.add(self._work)
        self._work.add_done_callback(self.tasks.discard)

    async def _answer(self, cycle: RequestResponseCycle, head: Head, body: bytes) -> None:
        async def read() -> bytes:
            return body

        reply = await answer_v2(self.service, head.path, head.headers, read)
        closing = () if cycle.keep_alive else (b"connection: close\r\n",)
        first = _lines(tuple(self.server_state.default_headers))
        self.transport.write(b"".join((_head_of(reply, first), *closing, b"\r\n", reply.body)))
        cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        if self.pipeline:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._rest()

    def _make_cycle(self) -> RequestResponseCycle:
        return RequestResponseCycle(
            scope={},  # type: ignore[typeddict-item]  # nothing asks for it
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )

    def _refuse(self, refusal: _Refusal, sent_id: str) -> None:
        identifier = request_id(sent_id) if sent_id else new_id()
        self._send(refusal.before + identifier.encode() + refusal.after)
        self.turn.refuse(self.loop)
        self._rest()

    def _send(self, data: bytes) -> None:
        # The transport's way costs as much as all else of a refusal. What waits there comes first, and what the socket
        # does not take goes that way, errors included.
        sent = 0
        if self._descriptor is not None and not self.transport.get_write_buffer_size():
            try:
                sent = os.write(self._descriptor, data)
            except OSError:
                sent = 0
        if sent < len(data):
            self.transport.write(data[sent:])

    def _rest(self) -> None:
        self._quiet_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Closes the connection where nothing has come for as long, a whole request included."""
        busy = self._work is not None and not self._work.done()
        left = self.timeout_keep_alive if busy else self._quiet_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._keep_alive(left)
        else:
            super().timeout_keep_alive_handler()

    def _keep_alive(self, seconds: float) -> None:
        # Not anew for each request, which would cost as much as a refusal: the handler looks whether it is time.
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


@lru_cache(maxsize=4)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The headers that the server gives every answer; the date makes them new with every second."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


def _head_of(reply: Reply, first: bytes) -> bytes:
    """An answer up to its own headers, as uvicorn writes it."""
    own = "".join([f"{name}: {value}\r\n" for name, value in reply.headers.items()])
    return b"".join((STATUS_LINE[reply.status], first, f"{own}content-length: {len(reply.body)}\r\n".encode("latin-1")))


_ID_MARK: Final = "(id)"


@lru_cache(maxsize=16)
def _refusal(reason: str, first: bytes) -> _Refusal:
    reply = error_reply(OverloadedError(reason), _ID_MARK)
    before, _, after = (_head_of(reply, first) + b"\r\n" + reply.body).partition(_ID_MARK.encode())
    return _Refusal(before, after)
