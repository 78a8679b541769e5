"""Routes of the transformer in addition to V2: symbols and windows, V1, the docs page."""

import asyncio
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import swagger_ui_bundle
from aiohttp import web

from model.contract import names
from model.contract.window import WINDOW
from model.endpoint.http_app import add_route, json_response
from model.endpoint.inference import Inference, is_large
from model.endpoint.payload_worker import LARGE_BYTES
from model.endpoint.replies import REQUEST_ID, Reply, request_id
from model.endpoint.server_metrics import create_series
from model.protocol.v1 import read_v1_request, write_v1_response
from transformer.forecast_request import INPUTS
from transformer.openapi import openapi_document
from transformer.transformer import Transformer
from transformer.windows import WindowCache

# Scripts and style sheets of the docs page come from a package, so it works without internet access.
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_LINKS: Final = ("/docs", "/metrics", "/symbols", "/versions", "/status", "/report")


def add_routes(app: web.Application, inference: Inference, transformer: Transformer, windows: WindowCache) -> None:
    """Add the routes that only the transformer has."""
    _add_symbols(app, transformer, windows)
    _add_v1(app, inference, transformer)
    _add_docs(app)


def _add_symbols(app: web.Application, transformer: Transformer, windows: WindowCache) -> None:
    async def root(_: web.Request) -> web.Response:
        return json_response(
            {
                "name": names.SERVER_NAME,
                "status": "alive",
                "model": transformer.name,
                "versions": list(transformer.versions),
                "links": [*_LINKS, f"/v2/models/{transformer.name}"],
            }
        )

    async def symbols(_: web.Request) -> web.Response:
        return json_response({"symbols": await windows.symbols()})

    async def window(request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        found = await windows.of(symbol)
        now = datetime.now(UTC)
        return json_response(
            {
                "symbol": symbol,
                "source": found.series.source,
                "downloaded_at": found.series.downloaded_at.isoformat(),
                "dates": [day.isoformat() for day in found.series.dates[-WINDOW:].tolist()],
                names.CLOSE: found.closes.tolist(),
                names.DATA_UNTIL: found.data_until,
                names.TARGET_SESSION: found.target,
                "sessions_behind": found.behind(now),
                names.STALE: found.stale(now),
            }
        )

    add_route(app, "GET", "/", root)
    add_route(app, "GET", "/symbols", symbols)
    add_route(app, "GET", "/symbols/{symbol}/window", window)


def _add_v1(app: web.Application, inference: Inference, transformer: Transformer) -> None:
    create_series(transformer.role, "v1")

    async def models(_: web.Request) -> web.Response:
        return json_response({"models": [transformer.name]})

    async def ready(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        transformer.check_name(name)
        await transformer.check_ready()
        return json_response({"name": name, "ready": True})

    async def predict(_: web.Request, body: bytes, headers: dict[str, str]) -> Reply:
        headers[REQUEST_ID] = request_id(headers.get(REQUEST_ID))
        run = inference.worker.run_if
        infer = await run(len(body) > LARGE_BYTES, read_v1_request, body, INPUTS[0], transformer.row_limit)
        response = await transformer.infer(infer, None, headers)
        content = await run(is_large(response), write_v1_response, response)
        return Reply(content, 200, {"content-type": "application/json", REQUEST_ID: headers[REQUEST_ID]})

    add_route(app, "GET", "/v1/models", models)
    add_route(app, "GET", "/v1/models/{name}", ready)
    add_route(app, "POST", "/v1/models/{name}:predict", inference.handler("v1", predict))


def _add_docs(app: web.Application) -> None:
    document = openapi_document()
    page = files("transformer").joinpath("docs.html").read_text()
    folder = Path(swagger_ui_bundle.swagger_ui_path)

    async def openapi(_: web.Request) -> web.Response:
        return json_response(document)

    async def docs(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async def asset(request: web.Request) -> web.Response:
        media_type = _ASSETS.get(request.match_info["name"])
        if media_type is None:
            raise web.HTTPNotFound
        # Not cached: the page is rarely opened.
        content = await asyncio.to_thread((folder / request.match_info["name"]).read_bytes)
        return web.Response(body=content, content_type=media_type)

    add_route(app, "GET", "/openapi.json", openapi)
    add_route(app, "GET", "/docs", docs)
    add_route(app, "GET", "/docs/assets/{name}", asset)
