"""V2 inference requests and responses over HTTP: JSON, optionally followed by binary data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from model.contract.errors import InvalidInputError
from model.protocol.binary import array_from_bytes, encode_binary
from model.protocol.json_tensors import array_from_json, describe_value
from model.protocol.limits import check_entries, check_json, check_rows
from model.protocol.tensors import (
    Array,
    InferRequest,
    InferResponse,
    Parameter,
    RequestedOutput,
    TensorSpec,
    datatype_of,
    new_id,
    shape_of,
)

# Length of the JSON part in bytes, in requests and responses with binary data.
HEADER_LENGTH: Final = "inference-header-content-length"


def read_request(body: bytes, header_length: str | None, specs: Sequence[TensorSpec], row_limit: int) -> InferRequest:
    """Read the body of an inference request.

    Args:
        body: The whole body.
        header_length: Value of the header `Inference-Header-Content-Length`; None if it is missing. Without this
            header the body is JSON, whatever the content type.
        specs: Inputs of the model.
        row_limit: Largest number of rows in one request.

    Returns:
        The request, whose tensors match their specs.

    Raises:
        InvalidInputError: The request is invalid; the message names the field, the expected and the actual value.
        TooLargeError: The request has more rows than the limit, or more elements than a valid request can have.
    """
    size = len(body) if header_length is None else _json_size(header_length, len(body))
    text = body[:size] if size < len(body) else body
    check_json(text, specs, row_limit)
    document = read_object(text)
    inputs, used = _inputs(document, memoryview(body)[size:], {spec.name: spec for spec in specs}, row_limit)
    if size + used != len(body):
        raise InvalidInputError(
            f"binary data: expected {used} bytes after the JSON part, the sum of 'binary_data_size' of all inputs, "
            f"got {len(body) - size}"
        )
    parameters = _parameters("field 'parameters'", document.get("parameters"))
    binary = parameters.pop("binary_data_output", False)
    return InferRequest(inputs, _outputs(document), _id(document) or new_id(), parameters, binary is True)


def _id(document: dict[str, Any]) -> str | None:
    identifier = document.get("id")
    if identifier is None:
        return None
    if not isinstance(identifier, str):
        raise InvalidInputError(f"field 'id': expected a string, got {describe_value(identifier)}")
    try:
        identifier.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which a response cannot repeat
        raise InvalidInputError(f"field 'id': expected Unicode text, got {describe_value(identifier)}") from error
    return identifier


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InvalidInputError: The body is not JSON, or not an object.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        document = _parse_leniently(body, error)
    if not isinstance(document, dict):
        raise InvalidInputError(f"body: expected a JSON object, got {describe_value(document)}")
    return document


def _parse_leniently(body: bytes, error: ValueError) -> Any:
    # Python's `json` writes NaN and Infinity. Accepting them lets the check of prices report row and column.
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        got = f"invalid text: {error}" if body.strip() else "an empty body"
        raise InvalidInputError(f"body: expected JSON, got {got}") from error


def _json_size(header_length: str, body_size: int) -> int:
    if not (header_length.isascii() and header_length.isdigit() and len(header_length) < 12):
        raise InvalidInputError(
            f"header 'Inference-Header-Content-Length': expected a number of bytes, got {header_length[:40]!r}"
        )
    size = int(header_length)
    if size > body_size:
        raise InvalidInputError(
            f"header 'Inference-Header-Content-Length': expected at most the body's {body_size} bytes, got {size}"
        )
    return size


def _inputs(
    document: dict[str, Any], binary: memoryview, specs: Mapping[str, TensorSpec], row_limit: int
) -> tuple[dict[str, Array], int]:
    entries = document.get("inputs")
    if not isinstance(entries, list):
        got = "nothing" if entries is None else describe_value(entries)
        raise InvalidInputError(f"field 'inputs': expected a list of tensors, got {got}")
    if not entries:
        raise InvalidInputError(f"field 'inputs': expected {_names(specs)}, got an empty list")
    check_entries("inputs", entries)
    found: dict[str, Array] = {}
    used = 0
    for position, entry in enumerate(entries):
        spec = _spec_of(position, entry, specs)
        if spec.name in found:
            raise InvalidInputError(f"input '{spec.name}': given twice")
        datatype = check_datatype(spec, entry.get("datatype"))
        shape = check_shape(spec, entry.get("shape"))
        check_rows(spec.name, shape, row_limit)
        size = _binary_size(spec.name, entry)
        if "data" in entry:
            if size is not None:
                raise InvalidInputError(f"input '{spec.name}': expected 'data' or 'binary_data_size', got both")
            found[spec.name] = array_from_json(spec.name, datatype, shape, entry["data"])
        elif size is not None:
            raw = binary[used : used + size]
            if len(raw) != size:
                raise InvalidInputError(
                    f"input '{spec.name}': expected {size} bytes of binary data ('binary_data_size'), got {len(raw)}"
                )
            found[spec.name] = array_from_bytes(spec.name, datatype, shape, raw)
            used += size
        else:
            raise InvalidInputError(f"input '{spec.name}': expected a field 'data', got none")
    return found, used


def _names(specs: Iterable[str]) -> str:
    return " or ".join(f"'{name}'" for name in specs)


def _spec_of(position: int, entry: Any, specs: Mapping[str, TensorSpec]) -> TensorSpec:
    if not isinstance(entry, dict):
        raise InvalidInputError(f"field 'inputs', element {position}: expected an object, got {describe_value(entry)}")
    name = entry.get("name")
    if not isinstance(name, str) or name not in specs:
        got = "none" if name is None else describe_value(name)
        raise InvalidInputError(f"field 'inputs', element {position}: expected the name {_names(specs)}, got {got}")
    return specs[name]


def check_datatype(spec: TensorSpec, datatype: Any) -> str:
    """Return the declared datatype, or raise `InvalidInputError` if the spec does not accept it."""
    if not isinstance(datatype, str) or datatype not in spec.datatypes:
        got = "none" if datatype is None else describe_value(datatype)
        raise InvalidInputError(f"input '{spec.name}': expected datatype {' or '.join(spec.datatypes)}, got {got}")
    return datatype


def check_shape(spec: TensorSpec, shape: Any) -> tuple[int, ...]:
    """Return the declared shape, or raise `InvalidInputError` if the spec does not accept it."""
    if not (isinstance(shape, list) and len(shape) == len(spec.shape) and all(map(_fits, shape, spec.shape))):
        got = "none" if shape is None else _shape_text(shape)
        raise InvalidInputError(f"input '{spec.name}': expected shape {spec.shape_text()}, got {got}")
    if 0 in shape:
        raise InvalidInputError(f"input '{spec.name}': expected at least one row, got shape {shape}")
    # Larger tensors do not fit into memory; the limit also keeps products of dimensions small.
    if max(shape) >= 1 << 31:
        raise InvalidInputError(f"input '{spec.name}': expected dimensions below 2^31, got shape {shape}")
    return tuple(shape)


def _fits(size: Any, expected: int) -> bool:
    return type(size) is int and size >= 0 and expected in (-1, size)


def _shape_text(shape: Any) -> str:
    # Element by element: an invalid shape may be nested deeper than `repr` can recurse.
    if not isinstance(shape, list):
        return describe_value(shape)
    more = ", ..." if len(shape) > 6 else ""
    return "[" + ", ".join(describe_value(size) for size in shape[:6]) + more + "]"


def _binary_size(name: str, entry: dict[str, Any]) -> int | None:
    parameters = entry.get("parameters")
    if parameters is None:
        return None
    if not isinstance(parameters, dict):
        raise InvalidInputError(
            f"input '{name}', field 'parameters': expected an object, got {describe_value(parameters)}"
        )
    size = parameters.get("binary_data_size")
    if size is not None and (type(size) is not int or size < 0):
        raise InvalidInputError(f"input '{name}': expected 'binary_data_size' in bytes, got {describe_value(size)}")
    return size


def _parameters(location: str, parameters: Any) -> dict[str, Parameter]:
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise InvalidInputError(f"{location}: expected an object, got {describe_value(parameters)}")
    return dict(parameters)


def _outputs(document: dict[str, Any]) -> tuple[RequestedOutput, ...] | None:
    entries = document.get("outputs")
    if entries is None or entries == []:
        return None
    if not isinstance(entries, list):
        raise InvalidInputError(f"field 'outputs': expected a list of outputs, got {describe_value(entries)}")
    check_entries("outputs", entries)
    requested = []
    for position, entry in enumerate(entries):
        location = f"field 'outputs', element {position}"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise InvalidInputError(f"{location}: expected an object with a 'name', got {describe_value(entry)}")
        binary = _parameters(f"{location}, field 'parameters'", entry.get("parameters")).get("binary_data")
        requested.append(RequestedOutput(entry["name"], binary if isinstance(binary, bool) else None))
    return tuple(requested)


def write_response(response: InferResponse, request: InferRequest) -> tuple[bytes, dict[str, str]]:
    """Write a response in the format that the request asks for.

    Returns:
        The body and the headers that describe it.
    """
    binary = {output.name: output.binary for output in request.outputs or () if output.binary is not None}
    outputs: list[dict[str, Any]] = []
    tail: list[bytes] = []
    for name, values in response.outputs.items():
        entry: dict[str, Any] = {"name": name, "shape": list(shape_of(values)), "datatype": datatype_of(values)}
        if binary.get(name, request.binary_output):
            raw = encode_binary(values)
            entry["parameters"] = {"binary_data_size": len(raw)}
            tail.append(raw)
        else:
            entry["data"] = values if isinstance(values, list) else values.ravel()
        outputs.append(entry)
    document: dict[str, Any] = {
        "model_name": response.model_name,
        "model_version": response.model_version,
        "id": response.id,
        "outputs": outputs,
    }
    if response.parameters:
        document["parameters"] = response.parameters
    head = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    if not tail:
        return head, {"content-type": "application/json"}
    headers = {"content-type": "application/octet-stream", HEADER_LENGTH: str(len(head))}
    return b"".join([head, *tail]), headers
