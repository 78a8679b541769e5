"""What is known about the served model, for people: its evaluation report, versions and promotions."""

import asyncio
from typing import Any

import orjson
from fastapi import FastAPI, Response

from model.contract.errors import NotFoundError
from transformer.current import CurrentVersion
from transformer.state_watch import StateWatch


def add_report_routes(app: FastAPI, current: CurrentVersion, state: StateWatch) -> None:
    """Adds `/report`, `/report.html`, `/versions` and `/status`; all of them only read."""

    @app.get("/report", tags=["people"])
    async def report() -> Response:
        """What its training measured of the served version: measures, skill, calibration, the gate's decision."""
        version = current.get()
        document = orjson.loads(_known(version.report.metrics, version.name))
        return Response(orjson.dumps({"version": version.name, **document}), media_type="application/json")

    @app.get("/report.html", tags=["people"], response_class=Response)
    async def page() -> Response:
        """The same as a page with charts."""
        version = current.get()
        return Response(_known(version.report.page, version.name), media_type="text/html; charset=utf-8")

    @app.get("/versions", tags=["people"])
    async def versions() -> dict[str, Any]:
        """The served version, those that can be seen from here, and what was promoted and rolled back, newest first."""
        entries = reversed(state.snapshot().entries)
        inside = {"address", "former_address"}  # where versions lie is nobody's business out there
        return {
            "served": {"version": next(iter(current.names), None), **current.properties},
            "versions": await asyncio.to_thread(current.there),
            "promotions": [entry.model_dump(mode="json", exclude_none=True, exclude=inside) for entry in entries],
        }

    @app.get("/status", tags=["people"])
    async def status() -> dict[str, Any]:
        """Whether both roles are ready, by which version, and what the last refresh and the gate came to."""
        left = state.snapshot().status
        return {
            "version": next(iter(current.names), None),
            "roles": {"transformer": _role(current.fault), "predictor": _role(await current.predictor_fault())},
            "refresh": left.model_dump(mode="json", include={"last_run", "last_gate", "last_success"}),
            "refused_in_a_row": left.refused_in_a_row,
            "data_until": {symbol: day.isoformat() for symbol, day in left.data_until.items()},
        }


def _role(fault: str | None) -> dict[str, Any]:
    return {"ready": fault is None, "reason": fault}


def _known(content: bytes | None, version: str) -> bytes:
    if content is None:
        raise NotFoundError(f"version {version} has no report")
    return content
