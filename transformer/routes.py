"""Routes for people and for V1 beside those of V2: symbols, windows, `:predict`, the docs page."""

from collections.abc import Mapping
from typing import Any, Final

import swagger_ui_bundle
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from model.contract import names
from model.contract.errors import InvalidInputError
from model.contract.levels import LEVELS
from model.contract.window import RETURNS, WINDOW, check_windows
from model.endpoint.answer import answered
from model.endpoint.http import AppOptions, body_reader, send
from model.endpoint.metrics import announce
from model.endpoint.replies import REQUEST_ID, Reply, json_reply, request_id
from model.protocol.numbers import array_from_json, describe
from model.protocol.rest import read_object
from model.protocol.tensors import Array, InferRequest
from transformer.transformer import Transformer
from transformer.windows import Windows, utc_now

_EXAMPLE_CLOSES: Final = [round(36 + 0.05 * (day % 9) + 0.01 * day, 2) for day in range(WINDOW)]

INFER_BODY: Final = {
    "description": "Either `close`, 60 split-adjusted daily closes a row, oldest first, or `symbol`.",
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["inputs"],
                "properties": {
                    "id": {"type": "string"},
                    "inputs": {"type": "array", "items": {"type": "object"}},
                    "outputs": {"type": "array", "items": {"type": "object"}},
                    "parameters": {"type": "object"},
                },
            },
            "examples": {
                "window": {
                    "value": {
                        "inputs": [
                            {
                                "name": names.CLOSE,
                                "datatype": "FP64",
                                "shape": [1, WINDOW],
                                "data": _EXAMPLE_CLOSES,
                            }
                        ]
                    }
                },
                "symbol": {
                    "value": {
                        "inputs": [{"name": names.SYMBOL, "datatype": "BYTES", "shape": [1], "data": ["PETR4.SA"]}]
                    }
                },
            },
        },
        "application/octet-stream": {},
    },
}

DESCRIPTION: Final = (
    "The next daily close of a share, as a median and a distribution, by the Open Inference Protocol (V2). "
    f"A window is {WINDOW} closes, {RETURNS} returns; quantiles are at the levels {', '.join(map(str, LEVELS))}. "
    "No advice, and no claim about direction."
)


def add_routes(app: FastAPI, transformer: Transformer, windows: Windows, options: AppOptions) -> None:
    """Adds what the transformer has beside V2."""
    _add_symbols(app, transformer, windows)
    _add_v1(app, transformer, options)
    _add_docs(app)


def _add_symbols(app: FastAPI, transformer: Transformer, windows: Windows) -> None:
    @app.get("/", tags=["people"])
    async def root() -> dict[str, Any]:
        """What answers here."""
        return {
            "name": names.SERVER_NAME,
            "status": "alive",
            "model": transformer.name,
            "versions": list(transformer.versions),
            "links": [
                "/docs",
                "/metrics",
                "/symbols",
                "/versions",
                "/status",
                "/report",
                f"/v2/models/{transformer.name}",
            ],
        }

    @app.get("/symbols", tags=["people"])
    async def symbols() -> dict[str, list[str]]:
        """Symbols that can be asked for."""
        return {"symbols": await windows.symbols()}

    @app.get("/symbols/{symbol}/window", tags=["people"])
    async def window(symbol: str) -> dict[str, Any]:
        """The last 60 closes of a symbol with their dates, oldest first."""
        found = await windows.of(symbol)
        now = utc_now()
        return {
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


def _add_v1(app: FastAPI, transformer: Transformer, options: AppOptions) -> None:
    announce(transformer.role, "v1")

    @app.get("/v1/models", tags=["v1"])
    async def models() -> dict[str, list[str]]:
        """Names of the models served here: one."""
        return {"models": [transformer.name]}

    @app.get("/v1/models/{name}", tags=["v1"])
    async def ready(name: str) -> dict[str, Any]:
        """Answers 200 when the model can be asked, else 503 with the reason."""
        transformer.check_name(name)
        await transformer.check_ready()
        return {"name": name, "ready": True}

    @app.post("/v1/models/{name}:predict", tags=["v1"], response_class=Response)
    async def predict(request: Request, name: str) -> Response:
        """`{"instances": [[60 closes], ...]}` -> `{"predictions": [{forecast, naive, quantiles}, ...]}`."""
        read = body_reader(request, options.body_limit)

        async def work(carried: dict[str, str]) -> Reply:
            transformer.check_name(name)
            carried[REQUEST_ID] = request_id(carried.get(REQUEST_ID))
            response = await transformer.infer(_v1_request(await read()), None, carried)
            predictions = _v1_predictions(response.outputs)
            return json_reply(
                {names.V1_PREDICTIONS: predictions, "model_version": response.model_version},
                headers={REQUEST_ID: carried[REQUEST_ID]},
            )

        return send(await answered(transformer, "v1", request.headers, work))


def _v1_request(body: bytes) -> InferRequest:
    document = read_object(body)
    instances = document.get(names.V1_INSTANCES)
    if not isinstance(instances, list) or not instances:
        got = "nothing" if instances is None else describe(instances) if instances != [] else "an empty list"
        raise InvalidInputError(f"field '{names.V1_INSTANCES}': expected a list of windows, got {got}")
    if not isinstance(instances[0], list):
        raise InvalidInputError(
            f"field '{names.V1_INSTANCES}', row 0: expected a list of {WINDOW} closes, got {describe(instances[0])}"
        )
    parameters = document.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidInputError(f"field 'parameters': expected an object, got {describe(parameters)}")
    closes = array_from_json(names.V1_INSTANCES, "FP64", (len(instances), WINDOW), instances)
    # Checked here as well, so that the message has the name that the sender used.
    check_windows(closes, allow_jumps=parameters.get(names.ALLOW_JUMPS) is True, name=names.V1_INSTANCES)
    return InferRequest({names.CLOSE: closes}, parameters=parameters)


def _v1_predictions(outputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    quantiles: Array = outputs[names.QUANTILES]
    return [
        {
            names.FORECAST: float(outputs[names.FORECAST][row]),
            names.NAIVE: float(outputs[names.NAIVE][row]),
            names.QUANTILES: {f"{level:g}": float(value) for level, value in zip(LEVELS, quantiles[row], strict=True)},
        }
        for row in range(len(quantiles))
    ]


def _add_docs(app: FastAPI) -> None:
    # Scripts and style come from a package: the page works where there is no internet.
    app.mount("/docs/assets", StaticFiles(directory=str(swagger_ui_bundle.swagger_ui_path)))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{names.SERVER_NAME} - API",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )
