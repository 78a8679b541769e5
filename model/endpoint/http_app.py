"""The HTTP application of both servers: V2 routes, metrics, middleware."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import REGISTRY, exposition

from model import __version__
from model.contract.errors import ForbiddenError
from model.contract.names import SERVER_NAME
from model.endpoint.conformance import check_conformance
from model.endpoint.connections import track_connection
from model.endpoint.draining import Draining, drain_connections
from model.endpoint.inference import Inference
from model.endpoint.readiness import watch_readiness
from model.endpoint.replies import ERROR_REASON, REQUEST_ID, error_reply, json_reply, request_id, to_response
from model.endpoint.request_body import discard_rest
from model.endpoint.server_metrics import create_series
from model.endpoint.service import Service

_log = structlog.get_logger()

READ_ONLY_REPOSITORY: Final = (
    "the model repository is read-only: versions are promoted by the jobs, not loaded by requests"
)

Background = Callable[[], Coroutine[None, None, None]]
DRAINING: Final = web.AppKey("draining", Draining)


def make_app(
    inference: Inference,
    *,
    background: Sequence[Background] = (),
    at_end: Sequence[Callable[[], Awaitable[None]]] = (),
) -> web.Application:
    """Make the application with all routes of V2 and `/metrics`.

    Args:
        inference: Answers inference requests.
        background: Tasks that run as long as the application.
        at_end: Called when the application ends.
    """
    service = inference.service
    create_series(service.role, "v2", "grpc")
    draining = Draining()
    app = web.Application(
        middlewares=[track_connection, drain_connections(draining), discard_rest, error_replies, check_conformance]
    )
    app[DRAINING] = draining
    app.on_response_prepare.append(_name_server)
    app.cleanup_ctx.append(
        _run_background([lambda: watch_readiness(service), *background], [*at_end, inference.worker.close])
    )
    _add_health(app, service)
    _add_model(app, service)
    infer = inference.handler("v2", inference.answer_v2)
    add_route(app, "POST", "/v2/models/{name}/infer", infer)
    add_route(app, "POST", "/v2/models/{name}/versions/{version}/infer", infer)
    add_route(app, "GET", "/metrics", _metrics)
    return app


@web.middleware
async def error_replies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give all errors the same format, including those of the router."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        # Not `request.url`, which contains the unchecked Host header.
        path = " ".join(request.rel_url.raw_path[:200].split())
        headers = {REQUEST_ID: _id(request), ERROR_REASON: error.reason.lower().replace(" ", "_")}
        if "Allow" in error.headers:
            headers["allow"] = error.headers["Allow"]
        return to_response(json_reply({"error": f"{error.reason}: {request.method} {path}"}, error.status, headers))
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001  # the edge of the process
        return to_response(error_reply(error, _id(request)))


def _id(request: web.Request) -> str:
    return request_id(request.headers.get(REQUEST_ID))


def _run_background(
    background: Sequence[Background], at_end: Sequence[Callable[[], Awaitable[None]]]
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work()) for work in background]
        for task in tasks:
            task.add_done_callback(_log_failure)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in at_end:
            await end()

    return run


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("background task failed", exc_info=task.exception())


def add_route(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """Add a route that answers an unsupported `Expect` header in the format of all other errors."""
    app.router.add_route(method, path, handler, expect_handler=_expect)


async def _expect(request: web.Request) -> web.StreamResponse | None:
    expected = request.headers.get("Expect", "")
    if expected.lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None
    reason = {"error": f"header 'Expect': expected 100-continue, got {expected[:40]!r}"}
    headers = {REQUEST_ID: _id(request), ERROR_REASON: "expectation_failed"}
    response = to_response(json_reply(reason, HTTPStatus.EXPECTATION_FAILED, headers))
    response.force_close()
    return response


async def _name_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER_NAME


async def _metrics(request: web.Request) -> web.Response:
    try:
        encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
    except (TypeError, ValueError):  # a version that is not a number
        encode, content_type = exposition.choose_encoder("")
    return web.Response(body=encode(REGISTRY), headers={"content-type": content_type})


def json_response(document: object) -> web.Response:
    """Make a JSON response with status 200."""
    return to_response(json_reply(document))


def _add_health(app: web.Application, service: Service) -> None:
    async def server(_: web.Request) -> web.Response:
        return json_response({"name": SERVER_NAME, "version": __version__, "extensions": ["binary_tensor_data"]})

    async def live(_: web.Request) -> web.Response:
        return json_response({"live": True})

    async def ready(_: web.Request) -> web.Response:
        await service.check_ready()
        return json_response({"ready": True})

    async def repository(request: web.Request) -> web.Response:
        path = request.match_info
        raise ForbiddenError(f"{path['action'][:60]} of {path['name'][:60]!r}: {READ_ONLY_REPOSITORY}")

    add_route(app, "GET", "/v2", server)
    add_route(app, "GET", "/v2/health/live", live)
    add_route(app, "GET", "/v2/health/ready", ready)
    add_route(app, "POST", "/v2/repository/models/{name}/{action}", repository)


def _add_model(app: web.Application, service: Service) -> None:
    async def models(_: web.Request) -> web.Response:
        return json_response({"models": [service.name]})

    async def metadata(request: web.Request) -> web.Response:
        service.check_name(request.match_info["name"], request.match_info.get("version"))
        document: dict[str, Any] = {**service.metadata(), "properties": service.properties}
        return json_response(document)

    async def ready(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        service.check_name(name)
        await service.check_ready()
        service.check_name(name, request.match_info.get("version"))
        return json_response({"name": name, "ready": True})

    add_route(app, "GET", "/v2/models", models)
    for prefix in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        add_route(app, "GET", prefix, metadata)
        add_route(app, "GET", f"{prefix}/ready", ready)
