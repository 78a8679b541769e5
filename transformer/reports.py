"""Routes about the served model: evaluation report, versions, promotions and readiness."""

import asyncio
from typing import Any

import orjson
from aiohttp import web

from model.contract.errors import NotFoundError
from model.endpoint.http_app import add_route, json_response
from transformer.current_version import CurrentVersion
from transformer.store_watch import StateWatch


def add_report_routes(app: web.Application, current: CurrentVersion, state: StateWatch) -> None:
    """Add the read-only routes `/report`, `/report.html`, `/versions` and `/status`."""

    async def report(_: web.Request) -> web.Response:
        version = current.get()
        document = orjson.loads(_require(version.report.metrics, version.name))
        return json_response({"version": version.name, **document})

    async def page(_: web.Request) -> web.Response:
        version = current.get()
        body = _require(version.report.page, version.name)
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    async def versions(_: web.Request) -> web.Response:
        entries = reversed(state.snapshot().entries)
        served: dict[str, str | None] = {"version": _version(current)}
        served.update(current.properties)
        internal = {"address", "former_address"}  # clients need not know where versions are stored
        return json_response(
            {
                "served": served,
                "versions": await asyncio.to_thread(current.there),
                "promotions": [entry.model_dump(mode="json", exclude_none=True, exclude=internal) for entry in entries],
            }
        )

    async def status(_: web.Request) -> web.Response:
        refresh = state.snapshot().status
        return json_response(
            {
                "version": _version(current),
                "roles": {"transformer": _role(current.fault), "predictor": _role(await current.predictor_fault())},
                "refresh": refresh.model_dump(mode="json", include={"last_run", "last_gate", "last_success"}),
                "refused_in_a_row": refresh.refused_in_a_row,
                "data_until": {symbol: day.isoformat() for symbol, day in refresh.data_until.items()},
            }
        )

    add_route(app, "GET", "/report", report)
    add_route(app, "GET", "/report.html", page)
    add_route(app, "GET", "/versions", versions)
    add_route(app, "GET", "/status", status)


def _version(current: CurrentVersion) -> str | None:
    return next(iter(current.names), None)


def _role(fault: str | None) -> dict[str, Any]:
    return {"ready": fault is None, "reason": fault}


def _require(content: bytes | None, version: str) -> bytes:
    if content is None:
        raise NotFoundError(f"version {version} has no report")
    return content
