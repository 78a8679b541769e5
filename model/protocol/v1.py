"""The V1 protocol of KServe: requests `{"instances": [...]}`, responses `{"predictions": [...]}`."""

from collections.abc import Mapping
from typing import Any

import orjson

from model.contract import names
from model.contract.errors import InvalidInputError
from model.contract.levels import LEVELS
from model.contract.window import WINDOW, check_windows
from model.protocol.json_tensors import array_from_json, describe_value
from model.protocol.limits import check_json, check_rows
from model.protocol.rest import read_object
from model.protocol.tensors import Array, InferRequest, InferResponse, TensorSpec


def read_v1_request(body: bytes, spec: TensorSpec, row_limit: int) -> InferRequest:
    """Read the body of a V1 request and convert it to the equivalent V2 request.

    Args:
        body: The whole body, JSON.
        spec: Input whose rows are the instances.
        row_limit: Largest number of rows in one request.

    Raises:
        InvalidInputError: The request is invalid; the message names the field, the expected and the actual value.
        TooLargeError: The request has more rows than the limit, or more elements than a valid request can have.
    """
    check_json(body, [spec], row_limit)
    document = read_object(body)
    instances = document.get(names.V1_INSTANCES)
    if not isinstance(instances, list) or not instances:
        got = "nothing" if instances is None else describe_value(instances) if instances != [] else "an empty list"
        raise InvalidInputError(f"field '{names.V1_INSTANCES}': expected a list of windows, got {got}")
    check_rows(names.V1_INSTANCES, (len(instances),), row_limit)
    if not isinstance(instances[0], list):
        raise InvalidInputError(
            f"field '{names.V1_INSTANCES}', row 0: expected a list of {WINDOW} closes, "
            f"got {describe_value(instances[0])}"
        )
    parameters = document.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidInputError(f"field 'parameters': expected an object, got {describe_value(parameters)}")
    closes = array_from_json(names.V1_INSTANCES, "FP64", (len(instances), WINDOW), instances)
    # Checked again by the transformer; here the error message names the V1 field.
    check_windows(closes, allow_jumps=parameters.get(names.ALLOW_JUMPS) is True, name=names.V1_INSTANCES)
    return InferRequest({names.CLOSE: closes}, parameters=parameters)


def write_v1_response(response: InferResponse) -> bytes:
    """Write the JSON body of a V1 response."""
    return orjson.dumps({names.V1_PREDICTIONS: _predictions(response.outputs), "model_version": response.model_version})


def _predictions(outputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    quantiles: Array = outputs[names.QUANTILES]
    return [
        {
            names.FORECAST: float(outputs[names.FORECAST][row]),
            names.NAIVE: float(outputs[names.NAIVE][row]),
            names.QUANTILES: {f"{level:g}": float(value) for level, value in zip(LEVELS, quantiles[row], strict=True)},
        }
        for row in range(len(quantiles))
    ]
