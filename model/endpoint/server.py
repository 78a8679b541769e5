"""The server of both roles: HTTP and gRPC in one event loop, graceful shutdown."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import structlog
import uvloop
from aiohttp import web

from model.contract.errors import AddressError
from model.endpoint.connections import Connection, ConnectionRegistry
from model.endpoint.grpc_service import rpc_handlers
from model.endpoint.http_app import DRAINING
from model.endpoint.inference import Inference
from model.endpoint.server_metrics import CONNECTIONS, CONNECTIONS_REFUSED
from model.endpoint.sockets import BACKLOG, listen_unix

_log = structlog.get_logger()
_CHECK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A Unix socket.

    Attributes:
        path: Path of the socket.
        setting: Name of its setting, for error messages.
    """

    path: Path
    setting: str


@dataclass(frozen=True, slots=True)
class Listeners:
    """Addresses that a server listens on.

    Attributes:
        http: Bound TCP socket for HTTP.
        grpc: `host:port` for gRPC.
        unix: Unix socket for HTTP, in addition to TCP.
    """

    http: socket.socket
    grpc: str
    unix: UnixAddress | None = None


class Server:
    """Serves an application over HTTP and its service over gRPC until SIGTERM or SIGINT."""

    def __init__(self, app: web.Application, inference: Inference, listeners: Listeners) -> None:
        """Bind the Unix socket; `run` starts the server.

        Raises:
            AddressError: The Unix socket cannot be listened on.
        """
        self._app = app
        self._inference = inference
        self._settings = inference.settings
        self._listeners = listeners
        self._unix = listen_unix(listeners.unix.path, listeners.unix.setting) if listeners.unix else None
        role = inference.service.role
        self._connections = ConnectionRegistry(
            self._settings.connection_limit, CONNECTIONS.labels(role), CONNECTIONS_REFUSED.labels(role)
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.serve())

    async def serve(self) -> None:
        """Serve until SIGTERM or SIGINT, in a running event loop."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        settings = self._settings
        runner = web.AppRunner(self._app, handler_cancellation=True, shutdown_timeout=settings.grace_seconds)
        # The stack closes in reverse order: first listeners, then requests in progress, then the application.
        async with AsyncExitStack() as stack:
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            rpc = self._make_grpc()
            await rpc.start()
            stack.push_async_callback(rpc.stop, settings.grace_seconds)
            late = asyncio.create_task(self._connections.close_late(settings.header_timeout))
            stack.callback(late.cancel)
            accept = self._protocol_factory(runner, loop)
            server = await loop.create_server(accept, sock=self._listeners.http, backlog=BACKLOG)
            stack.callback(server.close)
            if self._unix is not None:
                unix = asyncio.create_task(self._serve_unix(accept))
                stack.callback(unix.cancel)
                # If the task of the Unix socket ends, the process stops, so that it is restarted.
                unix.add_done_callback(lambda _: stop.set())
            await stop.wait()
            _log.info("stopping", role=self._inference.service.role)
            self._app[DRAINING].started = True
            await asyncio.sleep(settings.leave_seconds)

    def _protocol_factory(self, runner: web.AppRunner, loop: asyncio.AbstractEventLoop) -> Callable[[], Connection]:
        server, registry, access_log = runner.server, self._connections, None
        assert server is not None  # noqa: S101  # set by `setup`
        if self._settings.access_log:
            access_log = logging.getLogger("aiohttp.access")
            access_log.setLevel(logging.INFO)
        return lambda: Connection(server, registry, loop, access_log)

    async def _serve_unix(self, accept: Callable[[], Connection]) -> None:
        """Serve the Unix socket, and bind it again if its file is deleted."""
        address, listener = self._listeners.unix, self._unix
        assert address is not None  # noqa: S101  # for the type checker
        assert listener is not None  # noqa: S101
        while True:
            server = await asyncio.get_running_loop().create_unix_server(accept, sock=listener, backlog=BACKLOG)
            try:
                while address.path.is_socket():  # noqa: ASYNC110  # there is no event for a deleted file
                    await asyncio.sleep(_CHECK_SECONDS)
            finally:
                server.close()
            _log.warning("the Unix socket was deleted and is created again", path=str(address.path))
            listener = await self._bind_again(address)

    async def _bind_again(self, address: UnixAddress) -> socket.socket:
        while True:
            try:
                return listen_unix(address.path, address.setting)
            except AddressError as error:
                _log.warning("the Unix socket cannot be created again", reason=str(error))
                await asyncio.sleep(_CHECK_SECONDS)

    def _make_grpc(self) -> Any:
        address = self._listeners.grpc
        server = grpc.aio.server(
            handlers=[rpc_handlers(self._inference)],
            options=[
                ("grpc.max_receive_message_length", self._settings.body_limit),
                ("grpc.max_send_message_length", -1),
                # By default, a second server on the same port would silently receive half of the connections.
                ("grpc.so_reuseport", 0),
            ],
        )
        try:
            bound = server.add_insecure_port(address)
        except RuntimeError as error:
            raise AddressError(f"gRPC address {address} cannot be listened on; is it in use?") from error
        if not bound:
            raise AddressError(f"gRPC address {address} cannot be listened on; is it in use?")
        return server
