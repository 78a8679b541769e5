"""V2 inference requests and responses over gRPC."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from model.contract.errors import InvalidInputError
from model.protocol import open_inference as pb
from model.protocol.binary import array_from_bytes, encode_binary
from model.protocol.limits import MAX_ENTRIES, check_entries, check_rows
from model.protocol.rest import check_datatype, check_shape
from model.protocol.tensors import (
    DTYPES,
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

_CONTENTS: Final = {
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BOOL": "bool_contents",
    "BYTES": "bytes_contents",
}


def decode(kind: Any, raw: bytes) -> Any:
    """Decode a message.

    Args:
        kind: Message class of `open_inference`.
        raw: Encoded message.

    Raises:
        InvalidInputError: The bytes are not such a message.
    """
    try:
        return kind.FromString(raw)
    except DecodeError as error:
        reason = " ".join(str(error).split())[:120]
        raise InvalidInputError(f"message: expected a {kind.DESCRIPTOR.name}, got invalid bytes: {reason}") from error


def read_infer_request(raw: bytes, specs: Sequence[TensorSpec], row_limit: int) -> tuple[InferRequest, str, str | None]:
    """Decode and read a `ModelInferRequest`; arguments and errors as `read_message`.

    Returns:
        The request, the name of the model, and the version; None means the current version.
    """
    message = decode(pb.ModelInferRequest, raw)
    return read_message(message, specs, row_limit), message.model_name, message.model_version or None


def read_message(message: Any, specs: Sequence[TensorSpec], row_limit: int) -> InferRequest:
    """Read a `ModelInferRequest` with typed or raw contents.

    Args:
        message: Decoded message.
        specs: Inputs of the model.
        row_limit: Largest number of rows in one request.

    Raises:
        InvalidInputError: As `rest.read_request`.
        TooLargeError: As `rest.read_request`.
    """
    for field in ("inputs", "outputs", "parameters", "raw_input_contents"):
        check_entries(field, getattr(message, field))
    known = {spec.name: spec for spec in specs}
    raw = list(message.raw_input_contents)
    names = " or ".join(f"'{name}'" for name in known)
    if not message.inputs:
        raise InvalidInputError(f"field 'inputs': expected {names}, got none")
    if raw and len(raw) != len(message.inputs):
        raise InvalidInputError(
            f"field 'raw_input_contents': expected one for each of {len(message.inputs)} inputs, got {len(raw)}"
        )
    inputs: dict[str, Array] = {}
    for position, tensor in enumerate(message.inputs):
        if tensor.name not in known:
            raise InvalidInputError(
                f"field 'inputs', element {position}: expected the name {names}, got {tensor.name[:40]!r}"
            )
        if tensor.name in inputs:
            raise InvalidInputError(f"input '{tensor.name}': given twice")
        if raw and tensor.HasField("contents"):
            raise InvalidInputError(f"input '{tensor.name}': expected 'contents' or 'raw_input_contents', got both")
        inputs[tensor.name] = _array(tensor, raw[position] if raw else None, known[tensor.name], row_limit)
    return InferRequest(
        inputs=inputs,
        outputs=tuple(RequestedOutput(output.name) for output in message.outputs) or None,
        parameters=_parameters(message.parameters),
        # The response uses the format of the request: raw contents for raw contents.
        binary_output=bool(raw),
        id=message.id or new_id(),
    )


def _array(tensor: Any, raw: bytes | None, spec: TensorSpec, row_limit: int) -> Array:
    datatype = check_datatype(spec, tensor.datatype)
    shape = check_shape(spec, list(tensor.shape[:MAX_ENTRIES]))
    check_rows(spec.name, shape, row_limit)
    if raw is not None:
        return array_from_bytes(spec.name, datatype, shape, raw)
    contents = getattr(tensor.contents, _CONTENTS[datatype])
    expected = prod(shape)
    if len(contents) != expected:
        raise InvalidInputError(
            f"input '{spec.name}': expected {expected} values for shape {list(shape)}, "
            f"got {len(contents)} in '{_CONTENTS[datatype]}'"
        )
    if datatype == "BYTES":
        values = np.empty(expected, dtype=object)
        values[:] = list(contents)
    else:
        values = np.array(contents, dtype=DTYPES[datatype])
    return values.reshape(shape)


def _parameters(messages: Mapping[str, Any]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name, message in messages.items():
        kind = message.WhichOneof("parameter_choice")
        if kind is not None:
            found[name] = getattr(message, kind)
    return found


def _parameter(value: Parameter) -> Any:
    if isinstance(value, bool):
        return pb.InferParameter(bool_param=value)
    if isinstance(value, int):
        return pb.InferParameter(int64_param=value)
    return pb.InferParameter(string_param=value)


def write_message(response: InferResponse, request: InferRequest) -> bytes:
    """Encode a response as a `ModelInferResponse`, with raw or typed contents like the request."""
    message = pb.ModelInferResponse(
        model_name=response.model_name,
        model_version=response.model_version,
        id=response.id,
        parameters={name: _parameter(value) for name, value in response.parameters.items()},
    )
    for name, values in response.outputs.items():
        datatype = datatype_of(values)
        tensor = message.outputs.add(name=name, datatype=datatype, shape=shape_of(values))
        if request.binary_output:
            message.raw_output_contents.append(encode_binary(values))
        else:
            flat = [text.encode() for text in values] if isinstance(values, list) else values.ravel().tolist()
            getattr(tensor.contents, _CONTENTS[datatype]).extend(flat)
    encoded: bytes = message.SerializeToString()
    return encoded
