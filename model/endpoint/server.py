"""The KServe model server of both roles, on sockets of our own and with this project's routes."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import kserve
import structlog
import uvicorn
import uvloop
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import add_GRPCInferenceServiceServicer_to_server

from model.contract.errors import AddressError
from model.endpoint.connection import connection_kind
from model.endpoint.direct import App
from model.endpoint.rpc import Servicer
from model.endpoint.service import Service
from model.endpoint.undecodable import RefuseUndecodable

_log = structlog.get_logger()
_KEEP_ALIVE_SECONDS = 75  # longer than the idle time of the usual proxies, or they meet a connection just closed


class _Http(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the model server, where one handler ends HTTP and gRPC together."""
        yield


@dataclass(frozen=True, slots=True)
class Ending:
    """How long a server takes to end, in seconds.

    Attributes:
        leave_seconds: that every answer asks its client to connect elsewhere, before idle connections are closed: a
            request that is on its way to one of these would be lost.
        grace_seconds: that requests in progress may take after that.
    """

    leave_seconds: float
    grace_seconds: float


class Server(kserve.ModelServer):  # type: ignore[misc]  # the SDK has no types
    """`kserve.ModelServer` with chosen addresses, a Unix socket beside TCP, uvloop, and an end that loses nothing.

    The SDK's own start listens on all addresses, ignores uvloop, and serves codecs and routes that answer several
    mistakes of a sender with an internal error.
    """

    def __init__(
        self,
        service: Service,
        app: App,
        listeners: Sequence[socket.socket],
        *,
        grpc_address: str | None,
        message_limit: int,
        ending: Ending,
        access_log: bool = False,
    ) -> None:
        """Prepares the server; nothing is accepted before `run`.

        Args:
            service: what is served, also registered with the SDK.
            app: its routes.
            listeners: bound sockets for HTTP.
            grpc_address: `host:port` for gRPC, None for no gRPC.
            message_limit: largest message in bytes, over gRPC and over HTTP.
            ending: what is waited for once a signal has come.
            access_log: write a line for every HTTP request.
        """
        super().__init__(enable_grpc=grpc_address is not None, enable_latency_logging=False)
        self.register_model(service)
        self._service = service
        self._listeners = list(listeners)
        self._grpc_address = grpc_address
        self._message_limit = message_limit
        self._ending = ending
        self._protocol = connection_kind(service, message_limit)
        if access_log:
            logging.getLogger("uvicorn.access").setLevel(logging.INFO)
        self._http = _Http(
            uvicorn.Config(
                app,
                http=self._protocol,
                log_config=None,
                access_log=access_log,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=int(ending.grace_seconds),
                lifespan="on",
                # The forwarded address of a client is only of use in that log.
                proxy_headers=access_log,
                ws="none",
            )
        )

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.serve())

    async def serve(self) -> None:
        """Serves until SIGTERM or SIGINT, in a loop that runs already."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with AsyncExitStack() as stack:
            http = asyncio.create_task(self._http.serve(self._listeners))
            stack.push_async_callback(self._end_http, http)
            if self._grpc_address is not None:
                rpc = self._make_grpc(self._grpc_address)
                await rpc.start()
                stack.push_async_callback(rpc.stop, self._ending.grace_seconds)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({http, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            _log.info("stopping", role=self._service.role)
            if not http.done():
                self._protocol.leaving = True
                await asyncio.sleep(self._ending.leave_seconds)

    async def _end_http(self, http: asyncio.Task[None]) -> None:
        self._http.should_exit = True
        await http

    def _make_grpc(self, address: str) -> Any:
        server = grpc.aio.server(
            interceptors=[RefuseUndecodable()],
            options=[
                ("grpc.max_receive_message_length", self._message_limit),
                ("grpc.max_send_message_length", -1),
                # Without this a second server on the port would silently take half of the connections.
                ("grpc.so_reuseport", 0),
            ],
        )
        add_GRPCInferenceServiceServicer_to_server(Servicer(self._service), server)
        try:
            bound = server.add_insecure_port(address)
        except RuntimeError as error:
            raise AddressError(f"gRPC address {address} cannot be listened on; is it taken?") from error
        if not bound:
            raise AddressError(f"gRPC address {address} cannot be listened on; is it taken?")
        return server
