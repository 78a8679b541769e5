"""Refusing inference requests that come when too many are being answered, at a fraction of what an answer costs.

Whatever a refusal costs is missing for the answers: at twice the load that can be answered, half of the requests are
refused. A request that has come as a whole is refused unread; one that comes in pieces once its head is read.
"""

import asyncio
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from model.contract.errors import OverloadedError
from model.endpoint.direct import infer_path
from model.endpoint.metrics import REQUESTS
from model.endpoint.replies import REQUEST_ID, error_reply, request_id
from model.endpoint.service import Service
from model.protocol.tensors import new_id

_HEAD_END: Final = b"\r\n\r\n"
_LINE: Final = re.compile(rb"POST /v2/models/[^/?# %\r\n]+(?:/versions/[^/?# %\r\n]+)?/infer HTTP/1\.1\r\n")
_LONGEST_HEAD: Final = 4096  # of those that are remembered
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,9})(?=\r\n|\Z)", re.IGNORECASE)
_ID: Final = re.compile(rb"\r\n" + REQUEST_ID.encode() + rb": *([^\r\n]*?)[ \t]*(?=\r\n|\Z)", re.IGNORECASE)
# What makes the end of a request, or of its connection, another than its length says; lines that go on, and ends of
# lines that are none.
_OTHERWISE: Final = re.compile(
    rb"\r\n(?:transfer-encoding|expect|upgrade|[ \t]|connection: *+(?!keep-alive(?:\r\n|\Z)))|content-length[^:]"
    rb"|(?<!\r)\n|\r(?!\n)",
    re.IGNORECASE,
)


def shedding_protocol(service: Service) -> "type[SheddingProtocol]":
    """What uvicorn makes for each connection."""

    class _Protocol(SheddingProtocol):
        """With its service: uvicorn makes them itself."""

    _Protocol.service = service
    code = str(HTTPStatus.SERVICE_UNAVAILABLE.value)
    _Protocol.refused = REQUESTS.labels(service.role, "v2", code, OverloadedError.reason)
    return _Protocol


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


class SheddingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which asks the service before it starts a request."""

    service: ClassVar[Service]
    refused: ClassVar[Counter]
    # Set on the class when the process is about to end: every answer then asks its client to connect anew elsewhere.
    leaving: ClassVar[bool] = False
    _begun: ClassVar[int] = 0  # inference requests of this turn of the loop, not seen by the service yet
    _between = True  # requests: whatever came before has been read to its end
    _refused_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Refuses a whole request without looking into it, or lets it be read."""
        if (
            self._between
            and (reason := self.service.overload(self._begun)) is not None
            and self._may_refuse()
            and (identifier := whole_request(data)) is not None
        ):
            self._refuse(reason, identifier)
        else:
            super().data_received(data)

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
        reason = self.service.overload(self._begun) if inference else None
        if reason is None or not (cycle.keep_alive and self._may_refuse(cycle)):
            if inference:
                self._count_begun()
                if not cycle.waiting_for_100_continue:
                    cycle.transport = cast("asyncio.Transport", _HeadWithBody(cycle.transport))
            super()._start_asgi_task(cycle, app)
            return
        name = REQUEST_ID.encode()
        self._refuse(reason, next((value for key, value in cycle.scope["headers"] if key == name), b""))
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()

    def _count_begun(self) -> None:
        # The service sees a request in the next turn of the loop only: without this, all that come in one turn would
        # find room, and most of them be refused after they had been read.
        if not self._begun:
            self.loop.call_soon(self._seen)
        type(self)._begun += 1  # noqa: SLF001  # its own class

    @classmethod
    def _seen(cls) -> None:
        cls._begun = 0

    def _may_refuse(self, cycle: RequestResponseCycle | None = None) -> bool:
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

    def _refuse(self, reason: str, sent_id: bytes) -> None:
        identifier = request_id(sent_id.decode("latin-1")) if sent_id else new_id()
        before, after = _refusal(reason, tuple(self.server_state.default_headers))
        self.transport.write(before + identifier.encode() + after)
        self.refused.inc()
        self._refused_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._keep_alive(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Closes the connection where nothing has come for as long, a refused request included."""
        left = self._refused_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._keep_alive(left)
        else:
            super().timeout_keep_alive_handler()

    def _keep_alive(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def whole_request(data: bytes) -> bytes | None:
    """The id (or nothing) of the inference request that `data` is, all of it and nothing else; None where it is not."""
    end = data.find(_HEAD_END)
    found = _head(data[:end]) if 0 < end < _LONGEST_HEAD else None
    return found[1] if found is not None and len(data) == end + len(_HEAD_END) + found[0] else None


# Of most clients the heads of all requests are the same, but for the length.
@lru_cache(maxsize=256)
def _head(head: bytes) -> tuple[int, bytes] | None:
    """Length of the body and id (or nothing), by the head of an inference request; None where it is something else."""
    if _LINE.match(head) is None or _OTHERWISE.search(head) or len(lengths := _LENGTH.findall(head)) != 1:
        return None
    found = _ID.search(head)
    return int(lengths[0]), b"" if found is None else found[1]


_STATUS: Final = f"HTTP/1.1 {HTTPStatus.SERVICE_UNAVAILABLE.value} {HTTPStatus.SERVICE_UNAVAILABLE.phrase}\r\n".encode()


@lru_cache(maxsize=16)
def _refusal(reason: str, first: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, bytes]:
    """What stands before a request's id in the answer, and what after it; the same as for any other error.

    Args:
        reason: for the message.
        first: the headers that the server gives every answer; the date makes them new with every second.
    """
    mark = "(id)"
    reply = error_reply(OverloadedError(reason), mark)
    lines = [f"{name}: {value}\r\n" for name, value in reply.headers.items()]
    head, _, rest = "".join([*lines, f"content-length: {len(reply.body)}\r\n\r\n"]).partition(mark)
    before = [_STATUS, *(name + b": " + value + b"\r\n" for name, value in first), head.encode()]
    return b"".join(before), rest.encode() + reply.body
