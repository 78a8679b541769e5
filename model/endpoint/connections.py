"""HTTP connections: connection limit, deadline for request headers, half-closed clients, errors of the parser."""

import asyncio
import logging
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Gauge

from model.contract.errors import InvalidInputError
from model.contract.names import SERVER_NAME
from model.endpoint.replies import error_reply, to_response
from model.endpoint.request_body import DISCARD_SECONDS
from model.endpoint.upgrade_offers import UpgradeOffers
from model.protocol.tensors import new_id

KEEP_ALIVE_SECONDS: Final = 75.0  # longer than the idle time of common proxies, which would reuse a closed connection
# A client that closed its sending side may still read the answer, or may have disconnected. After this time it is
# considered disconnected.
HALF_CLOSED_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 0.02  # longer than the time between two pipelined requests
_NEVER: Final = float("inf")


class ConnectionRegistry:
    """All open HTTP connections of a server."""

    def __init__(self, limit: int, open_now: Gauge, refused: Counter) -> None:
        """Start without connections.

        Args:
            limit: Largest number of open connections.
            open_now: Metric of open connections.
            refused: Metric of connections closed because of the limit.
        """
        self._limit = limit
        self._connections: set[Connection] = set()
        self._open_now = open_now
        self._refused = refused

    def add(self, connection: "Connection") -> bool:
        """Register a new connection. Returns False if it exceeds the limit."""
        if len(self._connections) >= self._limit:
            self._refused.inc()
            return False
        self._connections.add(connection)
        self._open_now.inc()
        return True

    def discard(self, connection: "Connection") -> None:
        """Forget a closed connection."""
        if connection in self._connections:
            self._connections.discard(connection)
            self._open_now.dec()

    async def close_late(self, seconds: float) -> None:
        """Close connections whose request headers take longer than `seconds`; runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, seconds / 4))
            oldest = loop.time() - seconds
            for connection in [one for one in self._connections if one.headers_due_since < oldest]:
                connection.force_close()


class Connection(web.RequestHandler):
    """An HTTP connection of aiohttp, extended by a deadline for headers, a half-closed state and JSON errors.

    Attributes:
        busy: Whether a request is being handled.
        handled: Number of requests handled.
        headers_due_since: Loop time since which request headers are being awaited; infinity while they are not.
    """

    __slots__ = ("_clock", "_offers", "_registry", "busy", "handled", "headers_due_since")

    def __init__(
        self,
        server: web.Server,
        registry: ConnectionRegistry,
        loop: asyncio.AbstractEventLoop,
        access_log: logging.Logger | None,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            auto_decompress=False,
            lingering_time=DISCARD_SECONDS,
            access_log=access_log,  # type: ignore[arg-type]  # None is allowed, as in `web.run_app`
        )
        self._registry = registry
        self._clock = loop.time
        self._offers = UpgradeOffers()
        self.busy = False
        self.handled = 0
        self.headers_due_since = _NEVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, or close it if the limit is reached."""
        super().connection_made(transport)
        self.headers_due_since = self._clock()
        if not self._registry.add(self):
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Unregister the connection."""
        self._registry.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the deadline for headers when a request begins."""
        if not self.busy and self.headers_due_since == _NEVER:
            self.headers_due_since = self._clock()
        for piece in self._offers.pieces(data):
            super().data_received(piece)

    def eof_received(self) -> bool:  # type: ignore[override]  # as in asyncio
        """Keep a half-closed connection open for the answers to requests that have arrived."""
        loop = asyncio.get_running_loop()
        loop.call_later(HALF_CLOSED_SECONDS, self.force_close)
        self._close_when_idle(loop, -1)
        return True

    def _close_when_idle(self, loop: asyncio.AbstractEventLoop, handled: int) -> None:
        if handled == self.handled and not self.busy and self.headers_due_since == _NEVER:
            self.force_close()
        elif self.transport is not None:
            loop.call_later(_IDLE_SECONDS, self._close_when_idle, loop, self.handled)

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002  # signature of aiohttp
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer invalid HTTP with an error in the format of all other errors."""
        if status == HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(exc, UnicodeError):
            error: BaseException = exc or RuntimeError(message)
        else:
            # aiohttp raises UnicodeError for some headers that are not text.
            reason = "a header that is not text" if isinstance(exc, UnicodeError) else message or "invalid data"
            error = InvalidInputError(f"HTTP: expected a valid request, got: {' '.join(reason.split())[:200]}")
        response = to_response(error_reply(error, new_id()))
        response.headers["Server"] = SERVER_NAME
        response.force_close()
        return response

    def refuse_version(self, request: web.Request) -> web.StreamResponse:
        """Refuse a request of another HTTP version. aiohttp would repeat that version in the status line."""
        version = f"{request.version.major}.{request.version.minor}"
        reply = error_reply(InvalidInputError(f"HTTP: expected version 1.0 or 1.1, got {version}"), new_id())
        fields = {**reply.headers, "server": SERVER_NAME, "content-length": len(reply.body), "connection": "close"}
        head = ["HTTP/1.1 400 Bad Request", *(f"{name}: {value}" for name, value in fields.items())]
        if request.transport is not None:
            request.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + reply.body)
        self.force_close()
        return to_response(reply)


@web.middleware
async def track_connection(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stop the deadline for headers while a request is handled."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        return await handler(request)
    if request.version not in {HttpVersion10, HttpVersion11}:
        return connection.refuse_version(request)
    connection.busy = True
    connection.headers_due_since = _NEVER
    try:
        return await handler(request)
    finally:
        connection.busy = False
        connection.handled += 1
