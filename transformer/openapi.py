"""OpenAPI document of the HTTP interface of the transformer."""

from typing import Any, Final

from model import __version__
from model.contract import names
from model.contract.levels import LEVELS
from model.contract.window import RETURNS, WINDOW

_EXAMPLE_CLOSES: Final = [round(36 + 0.05 * (day % 9) + 0.01 * day, 2) for day in range(WINDOW)]
_DESCRIPTION: Final = (
    "Forecasts the next daily close of a share as a median and quantiles, over the Open Inference Protocol (V2). "
    f"A window has {WINDOW} closes ({RETURNS} returns); quantiles are at the levels {', '.join(map(str, LEVELS))}. "
    "Forecasts are not investment advice and do not predict the direction of a price."
)

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_OBJECT: Final[Schema] = {"type": "object"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_NUMBERS: Final[Schema] = {"type": "array", "items": {"type": "number"}}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


_TENSOR: Final = {
    "type": "object",
    "required": ["name", "datatype", "shape"],
    "properties": {
        "name": {"type": "string", "enum": [names.CLOSE, names.SYMBOL]},
        "datatype": {"type": "string", "enum": ["FP64", "FP32", "BYTES"]},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 2},
        "data": {"type": "array", "items": {}},
        "parameters": _OBJECT,
    },
}
_INFER_REQUEST: Final = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": _TEXT,
        "inputs": {"type": "array", "items": _TENSOR, "minItems": 1, "maxItems": 1},
        "outputs": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": _TEXT}}},
        "parameters": {"type": "object", "properties": {names.ALLOW_JUMPS: _FLAG}},
    },
}
_INFER_RESPONSE: Final = _object(
    model_name=_TEXT,
    model_version=_TEXT,
    id=_TEXT,
    outputs={
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "datatype", "shape"],
            "properties": {
                "name": _TEXT,
                "datatype": _TEXT,
                "shape": {"type": "array", "items": {"type": "integer"}},
                # Either values in JSON, or the number of bytes in the binary part.
                "data": {"type": "array", "items": {}},
                "parameters": {"type": "object", "properties": {"binary_data_size": {"type": "integer"}}},
            },
        },
    },
    parameters=_OBJECT,
)
_WINDOW_TENSOR: Final = {"name": names.CLOSE, "datatype": "FP64", "shape": [1, WINDOW], "data": _EXAMPLE_CLOSES}
_SYMBOL_TENSOR: Final = {"name": names.SYMBOL, "datatype": "BYTES", "shape": [1], "data": ["PETR4.SA"]}
_INFER_BODY: Final = {
    "description": f"`{names.CLOSE}`: {WINDOW} split-adjusted daily closes per row, oldest first; or `{names.SYMBOL}`.",
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/InferRequest"},
            "examples": {
                "window": {"value": {"inputs": [_WINDOW_TENSOR]}},
                "symbol": {"value": {"inputs": [_SYMBOL_TENSOR]}},
            },
        },
    },
}
_V1_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": [names.V1_INSTANCES],
                "properties": {names.V1_INSTANCES: {"type": "array", "items": _NUMBERS, "minItems": 1}},
            },
            "example": {names.V1_INSTANCES: [_EXAMPLE_CLOSES]},
        }
    },
}
_READY: Final = _object(name=_TEXT, ready=_FLAG)
_MODELS: Final = _object(models=_TEXTS)
_METADATA: Final = _object(
    name=_TEXT, versions=_TEXTS, platform=_TEXT, inputs={"type": "array"}, outputs={"type": "array"}, properties=_OBJECT
)

_UNKNOWN: Final = (404,)
_UNREADY: Final = (503,)
_INFER_ERRORS: Final = (400, 404, 408, 413, 503, 504)


def _get(
    tag: str, summary: str, schema: Schema | None, errors: tuple[int, ...] = (), media: str = "application/json"
) -> Schema:
    return {"get": _operation(tag, summary, schema, errors, media)}


def _operation(tag: str, summary: str, schema: Schema | None, errors: tuple[int, ...], media: str) -> Schema:
    content = {media: {"schema": schema or _TEXT}}
    responses: Schema = {"200": {"description": "The answer.", "content": content}}
    for status in errors:
        responses[str(status)] = {"$ref": "#/components/responses/Error"}
    return {"tags": [tag], "summary": summary, "responses": responses}


def _post(tag: str, summary: str, body: Schema, schema: Schema) -> Schema:
    operation = _operation(tag, summary, schema, _INFER_ERRORS, "application/json")
    return {"post": {**operation, "requestBody": body}}


_PATHS: Final[dict[str, Schema]] = {
    "/": _get("service", "Name, status, versions and links of the service.", _OBJECT),
    "/symbols": _get("prices", "Symbols that can be requested.", _object(symbols=_TEXTS), _UNREADY),
    "/symbols/{symbol}/window": _get(
        "prices", f"The last {WINDOW} closes of a symbol with their dates, oldest first.",
        _object(
            symbol=_TEXT, source=_TEXT, downloaded_at=_TEXT, dates=_TEXTS, close=_NUMBERS, data_until=_TEXT,
            target_session=_TEXT, sessions_behind={"type": "integer"}, stale=_FLAG,
        ),
        (404, 503),
    ),
    "/report": _get("model", "Evaluation report of the served version, as JSON.", _OBJECT, (404, 503)),
    "/report.html": _get("model", "Evaluation report of the served version, as a page with charts.", None, (404, 503), "text/html"),
    "/versions": _get("model", "Served version, stored versions, promotions and rollbacks.", _OBJECT),
    "/status": _get("model", "Readiness of both roles, last refresh and last decision of the gate.", _OBJECT),
    "/metrics": _get("service", "Metrics for Prometheus.", None, (), "text/plain"),
    "/v2": _get("v2", "Name, version and extensions of the server.", _object(name=_TEXT, version=_TEXT, extensions=_TEXTS)),
    "/v2/health/live": _get("v2", "Whether the process is alive.", _object(live=_FLAG)),
    "/v2/health/ready": _get("v2", "Whether requests can be answered; status 503 with the reason if not.", _object(ready=_FLAG), _UNREADY),
    "/v2/models": _get("v2", "Name of the model.", _MODELS),
    "/v2/models/{name}": _get("v2", "Metadata of the model: inputs, outputs and versions.", _METADATA, _UNKNOWN),
    "/v2/models/{name}/versions/{version}": _get("v2", "Metadata of one version.", _METADATA, (404, 503)),
    "/v2/models/{name}/ready": _get("v2", "Whether the model can be requested.", _READY, (404, 503)),
    "/v2/models/{name}/versions/{version}/ready": _get("v2", "Whether one version can be requested.", _READY, (404, 503)),
    "/v2/models/{name}/infer": _post("v2", "Forecast.", _INFER_BODY, {"$ref": "#/components/schemas/InferResponse"}),
    "/v2/models/{name}/versions/{version}/infer": _post(
        "v2", "Forecast with one version.", _INFER_BODY, {"$ref": "#/components/schemas/InferResponse"}
    ),
    "/v1/models": _get("v1", "Name of the model.", _MODELS),
    "/v1/models/{name}": _get("v1", "Whether the model can be requested.", _READY, (404, 503)),
    "/v1/models/{name}:predict": _post(
        "v1", "Forecast.", _V1_BODY, _object(predictions={"type": "array", "items": _OBJECT}, model_version=_TEXT)
    ),
}  # fmt: skip
_PARAMETERS: Final = {"name": "nextclose", "version": None, "symbol": "PETR4.SA"}


def openapi_document() -> Schema:
    """Make the document as a JSON object."""
    return {
        # The newest version that the bundled docs page supports.
        "openapi": "3.0.3",
        "info": {"title": names.SERVER_NAME, "version": __version__, "description": _DESCRIPTION},
        "paths": {path: {**item, **_path_parameters(path)} for path, item in _PATHS.items()},
        "components": {
            "schemas": {
                "InferRequest": _INFER_REQUEST,
                "InferResponse": _INFER_RESPONSE,
                "Error": {**_object(error=_TEXT), "additionalProperties": False},
            },
            "responses": {
                "Error": {
                    "description": "The expected and the actual value, in one line. The header `error-reason` contains the kind of error.",
                    "headers": {"error-reason": {"schema": _TEXT}, "x-request-id": {"schema": _TEXT}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
            },
        },
    }


def _path_parameters(path: str) -> Schema:
    found = []
    for name, example in _PARAMETERS.items():
        if f"{{{name}}}" in path:
            parameter: Schema = {"name": name, "in": "path", "required": True, "schema": _TEXT}
            found.append(parameter if example is None else {**parameter, "example": example})
    return {"parameters": found} if found else {}
