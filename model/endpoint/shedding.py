"""Refusing inference requests that come when too many are being answered, at a fraction of what an answer costs.

Whatever a refusal costs is missing for the answers: at twice the load that can be answered, half of the requests are
refused. So they are refused where the HTTP server has read their head, before a task is made for them.
"""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from model.contract.errors import OverloadedError
from model.endpoint.direct import is_infer
from model.endpoint.metrics import observed
from model.endpoint.replies import REQUEST_ID, Reply, error_reply, request_id
from model.endpoint.service import Service


def shedding_protocol(service: Service) -> Callable[..., HttpToolsProtocol]:
    """What uvicorn makes for each connection."""

    class _Protocol(SheddingProtocol):
        """With its service: uvicorn makes them itself."""

    _Protocol.service = service
    return _Protocol


class SheddingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which asks the service before it starts a request."""

    service: Service

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._at_the_head(cycle) and is_infer(cycle.scope):
            try:
                self.service.check_admission()
            except OverloadedError as error:
                self._refuse(cycle, error)
                return
        super()._start_asgi_task(cycle, app)

    def _at_the_head(self, cycle: RequestResponseCycle) -> bool:
        # Else as any other request, which waits where the client does not read, and is read before it is answered: a
        # connection that is closed on a body that still comes is reset, and the answer is lost.
        return bool(cycle.keep_alive and not self.pipeline and not self.flow.write_paused)

    def _refuse(self, cycle: RequestResponseCycle, error: OverloadedError) -> None:
        headers: list[tuple[bytes, bytes]] = list(cycle.scope["headers"])
        known = next((value.decode("latin-1") for name, value in headers if name == REQUEST_ID.encode()), None)
        reply = error_reply(error, request_id(known))
        with suppress(OverloadedError), observed(self.service.role, "v2"):
            raise error
        self.transport.write(_written(reply, cycle.default_headers))
        if self.access_log:
            where = (get_client_addr(cycle.scope), cycle.scope["method"], get_path_with_query_string(cycle.scope))
            self.access_logger.info('%s - "%s %s HTTP/%s" %d', *where, cycle.scope["http_version"], reply.status)
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()


def _written(reply: Reply, default_headers: list[tuple[bytes, bytes]]) -> bytes:
    status = HTTPStatus(reply.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in default_headers]
    lines += [f"{name}: {value}".encode("latin-1") for name, value in reply.headers.items()]
    lines.append(f"content-length: {len(reply.body)}".encode())
    return b"\r\n".join([*lines, b"", reply.body])
