"""Inference requests past the web framework: the same answers as its route gives, without its layers.

Routing, dependencies and exception handlers cost more than an inference. What this does not take, the framework does.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from model.contract.errors import InvalidInputError
from model.endpoint.answer import answer_v2, read_body
from model.endpoint.replies import Reply
from model.endpoint.service import Service

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_INFER: Final = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?/infer")


def infer_path(scope: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """Model name and version (None: the current one) of an inference request by V2; None where it is none."""
    found = _INFER.fullmatch(scope["path"]) if scope["method"] == "POST" else None
    return found and (found[1], found[2])


class DirectInfer:
    """An ASGI application that answers `POST /v2/models/{name}[/versions/{version}]/infer` and hands on all else.

    A request whose sender closes the connection before the answer is cancelled: nothing is computed for it.
    """

    def __init__(self, app: App, service: Service, body_limit: int) -> None:
        self._app = app
        self._service = service
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or hands it on."""
        path = infer_path(scope) if scope["type"] == "http" else None
        if path is None:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope["headers"])
        watch: list[asyncio.Task[None]] = []

        async def read() -> bytes:
            body = await read_body(_chunks(receive), headers.get("content-length"), self._body_limit)
            watch.append(asyncio.create_task(_cancel_when_gone(receive, asyncio.current_task())))
            return body

        try:
            await _send(await answer_v2(self._service, path, headers, read), send)
        except asyncio.CancelledError:
            if not (watch and watch[0].done()):
                raise
            # By the watch: nobody is there to be answered.
        finally:
            if watch:
                watch[0].cancel()


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    # Of a header that is given twice the first counts, as it does with the framework.
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(pairs)}


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError("body: the connection ended before it did")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _cancel_when_gone(receive: Receive, request: "asyncio.Task[Any] | None") -> None:
    # After the body there is only one more message: that the sender has gone.
    while (await receive())["type"] != "http.disconnect":
        pass
    if request is not None:
        request.cancel()


async def _send(reply: Reply, send: Send) -> None:
    headers = [*_encoded(reply.headers), (b"content-length", str(len(reply.body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
