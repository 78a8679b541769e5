"""The V2 routes over HTTP, as a FastAPI application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import REGISTRY, exposition
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from model import __version__
from model.contract.errors import ForbiddenError, InvalidInputError, NextcloseError
from model.contract.names import SERVER_NAME
from model.endpoint.answer import answer_v2, read_body
from model.endpoint.metrics import announce
from model.endpoint.readiness import watch_readiness
from model.endpoint.replies import REQUEST_ID, Reply, error_reply, json_reply, request_id
from model.endpoint.service import Service

_log = structlog.get_logger()

CLOSED: Final = "the model repository is closed: versions are promoted by the jobs, not loaded by a request"


def send(reply: Reply) -> Response:
    """Hands an answer to the framework."""
    return Response(reply.body, reply.status, dict(reply.headers))


def body_reader(request: Request, limit: int) -> Callable[[], Awaitable[bytes]]:
    """Gives the whole body when called, up to a limit in bytes."""

    async def read() -> bytes:
        try:
            return await read_body(request.stream(), request.headers.get("content-length"), limit)
        except ClientDisconnect as error:
            # Nobody reads this; it is counted as what it is, and no fault of ours is logged.
            raise InvalidInputError("body: the connection ended before it did") from error

    return read


@dataclass(frozen=True, slots=True)
class AppOptions:
    """What differs between the applications of the two roles.

    Attributes:
        body_limit: largest body in bytes.
        description: for the docs page.
        infer_body: OpenAPI's description of the infer request's body.
        background: what runs beside the requests, until the process ends.
        at_end: what is done then.
    """

    body_limit: int
    description: str
    infer_body: Mapping[str, Any]
    background: Sequence[Callable[[], Coroutine[None, None, None]]] = ()
    at_end: Sequence[Callable[[], Awaitable[None]]] = ()


def make_app(service: Service, options: AppOptions) -> FastAPI:
    """The application with all routes of V2, `/metrics` and one shape of errors."""
    announce(service.role, "v2", "grpc")
    app = FastAPI(
        title=SERVER_NAME,
        version=__version__,
        description=options.description,
        # The docs page is the transformer's to add: the stock one loads its scripts from outside.
        docs_url=None,
        redoc_url=None,
        # A wrong path is answered as such; a redirect would name the address that a proxy hides.
        redirect_slashes=False,
        lifespan=_beside([lambda: watch_readiness(service), *options.background], options.at_end),
    )
    # What the bundled docs page can show.
    app.openapi_version = "3.0.3"
    add_error_handlers(app)
    _add_health(app, service)
    _add_model(app, service, options)

    @app.get("/metrics", tags=["watch"], response_class=Response)
    async def metrics(request: Request) -> Response:
        """Metrics in the text format of Prometheus."""
        encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), headers={"content-type": content_type})

    return app


def _beside(
    background: Sequence[Callable[[], Coroutine[None, None, None]]], at_end: Sequence[Callable[[], Awaitable[None]]]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work()) for work in background]
        for task in tasks:
            task.add_done_callback(_tell)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in at_end:
            await end()

    return lifespan


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("work beside the requests has ended", exc_info=task.exception())


def add_error_handlers(app: FastAPI) -> None:
    """Gives every error, the framework's own too, the one shape."""

    async def ours(request: Request, error: Exception) -> Response:
        return send(error_reply(error, request_id(request.headers.get(REQUEST_ID))))

    async def routing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # registered for it below; tells the type checker
        # Not `request.url`: it is put together from the Host header, which can be anything.
        path = " ".join(request.scope["path"][:200].split())
        message = f"{error.detail}: {request.method} {path}"
        headers = {REQUEST_ID: request_id(request.headers.get(REQUEST_ID)), **(error.headers or {})}
        return send(json_reply({"error": message}, error.status_code, headers))

    async def arguments(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # as above
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        return await ours(request, InvalidInputError(f"{where}: {first['msg']}"))

    app.add_exception_handler(NextcloseError, ours)
    app.add_exception_handler(HTTPException, routing)
    app.add_exception_handler(RequestValidationError, arguments)
    app.add_exception_handler(Exception, ours)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/v2", tags=["health"])
    async def server() -> dict[str, Any]:
        """Name, version and extensions of the server."""
        return {"name": SERVER_NAME, "version": __version__, "extensions": ["binary_tensor_data"]}

    @app.get("/v2/health/live", tags=["health"])
    async def live() -> dict[str, bool]:
        """Answers as long as the process works."""
        return {"live": True}

    @app.get("/v2/health/ready", tags=["health"])
    async def ready() -> dict[str, bool]:
        """Answers 200 when requests can be answered, else 503 with the reason."""
        await service.check_ready()
        return {"ready": True}

    @app.post("/v2/repository/models/{name}/{action}", tags=["health"], include_in_schema=False)
    async def repository(name: str, action: str) -> None:
        raise ForbiddenError(f"{action} of {name[:60]!r}: {CLOSED}")


def _add_model(app: FastAPI, service: Service, options: AppOptions) -> None:
    @app.get("/v2/models", tags=["model"])
    async def models() -> dict[str, list[str]]:
        """Names of the models served here: one."""
        return {"models": [service.name]}

    @app.get("/v2/models/{name}", tags=["model"])
    @app.get("/v2/models/{name}/versions/{version}", tags=["model"])
    async def metadata(request: Request, name: str) -> dict[str, Any]:
        """Inputs, outputs and the versions that are answered."""
        service.check_name(name, _version(request))
        return {**service.metadata(), "properties": service.properties}

    @app.get("/v2/models/{name}/ready", tags=["model"])
    @app.get("/v2/models/{name}/versions/{version}/ready", tags=["model"])
    async def ready(request: Request, name: str) -> dict[str, Any]:
        """Answers 200 when the model can be asked, else 503 with the reason."""
        service.check_name(name)
        await service.check_ready()
        service.check_name(name, _version(request))
        return {"name": name, "ready": True}

    async def infer(request: Request, name: str) -> Response:
        """Answers an inference request (JSON, or JSON with binary data after it)."""
        read = body_reader(request, options.body_limit)
        return send(await answer_v2(service, (name, _version(request)), request.headers, read))

    described = {"requestBody": dict(options.infer_body)}
    for path in ("/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"):
        app.post(path, tags=["model"], response_class=Response, openapi_extra=described)(infer)


def _version(request: Request) -> str | None:
    # One function serves the path with and without a version; as an argument it would also be a query parameter.
    version: str | None = request.path_params.get("version")
    return version
