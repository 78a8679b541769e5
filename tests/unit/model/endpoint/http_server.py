"""A real aiohttp server on a free port, in a thread with its own event loop, for tests that use blocking sockets."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import uvloop
from aiohttp import web
from prometheus_client import Counter, Gauge

from model.endpoint.connections import Connection, ConnectionRegistry, track_connection
from model.endpoint.http_app import error_replies
from model.endpoint.request_body import discard_rest

Route = tuple[str, str, Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]]


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A running server.

    Attributes:
        url: Where it listens.
        open_now: Metric of its open connections.
        refused: Metric of its refused connections.
    """

    url: str
    open_now: Gauge
    refused: Counter

    def connections(self) -> float:
        """The number of open connections."""
        return _value(self.open_now)

    def refusals(self) -> float:
        """The number of refused connections."""
        return _value(self.refused)


def _value(metric: Gauge | Counter) -> float:
    (family,) = metric.collect()
    return family.samples[0].value


@contextmanager
def serving(
    *routes: Route,
    middlewares: tuple[Any, ...] = (discard_rest, track_connection, error_replies),
    connection_limit: int = 100,
    header_timeout: float = 60.0,
    connection_class: type[Connection] = Connection,
) -> Iterator[HttpServer]:
    """Serve routes of (method, path, handler) until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    open_now = Gauge("open", "Open connections.", registry=None)
    refused = Counter("refused", "Refused connections.", registry=None)
    server = HttpServer(f"http://127.0.0.1:{listener.getsockname()[1]}", open_now, refused)
    started, stop = threading.Event(), asyncio.Event()
    loop: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loop.append(asyncio.get_running_loop())
        app = web.Application(middlewares=middlewares)
        for method, path, handler in routes:
            app.router.add_route(method, path, handler)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        registry = ConnectionRegistry(connection_limit, open_now, refused)
        late = asyncio.create_task(registry.close_late(header_timeout))
        accepting = runner.server
        assert accepting is not None
        accept = await loop[0].create_server(
            lambda: connection_class(accepting, registry, loop[0], None), sock=listener
        )
        started.set()
        await stop.wait()
        accept.close()
        late.cancel()
        with suppress(asyncio.CancelledError):
            await late
        await runner.cleanup()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert started.wait(10)
        yield server
    finally:
        loop[0].call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive()
