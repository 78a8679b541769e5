"""Refusing inference requests that come when too many are being answered, at a fraction of what an answer costs.

Whatever a refusal costs is missing for the answers: at twice the load that can be answered, half of the requests are
refused. A request that has come as a whole is refused unread; one that comes in pieces once its head is read.
"""

import re
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from model.contract.errors import OverloadedError
from model.endpoint.direct import infer_path
from model.endpoint.metrics import REQUEST_SECONDS, REQUESTS
from model.endpoint.replies import REQUEST_ID, error_reply, request_id
from model.endpoint.service import Service

_HEAD_END: Final = b"\r\n\r\n"
_LINE: Final = re.compile(rb"POST /v2/models/[^/?# %]+(?:/versions/[^/?# %]+)?/infer HTTP/1\.1\r\n")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,9})(?=\r\n)", re.IGNORECASE)
_ID: Final = re.compile(rb"\r\n" + REQUEST_ID.encode() + rb": *([^\r\n]*)", re.IGNORECASE)
# What makes the end of a request, or of its connection, another than its length says; and lines that go on.
_OTHERWISE: Final = re.compile(
    rb"\r\n(?:transfer-encoding|expect|upgrade|[ \t]|connection: *+(?!keep-alive\r\n))|content-length[^:]",
    re.IGNORECASE,
)


def shedding_protocol(service: Service) -> "type[SheddingProtocol]":
    """What uvicorn makes for each connection."""

    class _Protocol(SheddingProtocol):
        """With its service: uvicorn makes them itself."""

    _Protocol.service = service
    return _Protocol


class SheddingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which asks the service before it starts a request."""

    service: Service
    # Set on the class when the process is about to end: every answer then asks its client to connect anew elsewhere.
    leaving: ClassVar[bool] = False
    _between = True  # requests: whatever came before has been read to its end
    _refused_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Refuses a whole request without looking into it, or lets it be read."""
        if (
            self._between
            and (reason := self.service.overload) is not None
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

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        reason = self.service.overload
        if reason is None or not (cycle.keep_alive and self._may_refuse(cycle) and infer_path(cycle.scope)):
            super()._start_asgi_task(cycle, app)
            return
        name = REQUEST_ID.encode()
        self._refuse(reason, next((value for key, value in cycle.scope["headers"] if key == name), b""))
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()

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

    def _refuse(self, reason: str, identifier: bytes) -> None:
        known = request_id(identifier.decode("latin-1")).encode()
        head, rest = _refusal(reason)
        date = [name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers]
        self.transport.write(b"".join([_STATUS, *date, head, known, rest]))
        _count(self.service.role)
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
    line, end = _LINE.match(data), data.find(_HEAD_END) + 2
    if line is None or end < 2 or _OTHERWISE.search(data, 0, end):
        return None
    lengths = _LENGTH.findall(data, 0, end)
    if len(lengths) != 1 or len(data) != end + 2 + int(lengths[0]):
        return None
    found = _ID.search(data, 0, end)
    return b"" if found is None else found[1]


_STATUS: Final = f"HTTP/1.1 {HTTPStatus.SERVICE_UNAVAILABLE.value} {HTTPStatus.SERVICE_UNAVAILABLE.phrase}\r\n".encode()


@lru_cache(maxsize=16)
def _refusal(reason: str) -> tuple[bytes, bytes]:
    """What stands before a request's id in the answer, and what after it; the same as for any other error."""
    mark = "(id)"
    reply = error_reply(OverloadedError(reason), mark)
    lines = [f"{name}: {value}\r\n" for name, value in reply.headers.items()]
    head, _, rest = "".join([*lines, f"content-length: {len(reply.body)}\r\n\r\n"]).partition(mark)
    return head.encode(), rest.encode() + reply.body


def _count(role: str) -> None:
    series = _series(role)
    series[0].inc()
    series[1].observe(0.0)


@cache
def _series(role: str) -> tuple[Any, Any]:
    code, reason = str(HTTPStatus.SERVICE_UNAVAILABLE.value), OverloadedError.reason
    return REQUESTS.labels(role, "v2", code, reason), REQUEST_SECONDS.labels(role, "v2")
