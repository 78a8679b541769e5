"""Client side of V2 over HTTP: write inference requests and read responses, with binary tensors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from model.contract.errors import InvalidInputError
from model.protocol.binary import array_from_bytes
from model.protocol.rest import HEADER_LENGTH, read_object
from model.protocol.tensors import Array, datatype_of, shape_of


def write_request(
    inputs: Mapping[str, Array | list[str]], parameters: Mapping[str, Any] | None = None
) -> tuple[bytes, dict[str, str]]:
    """Write an inference request that asks for binary outputs.

    Args:
        inputs: Arrays (sent as binary data) or lists of strings (sent as JSON) by name.
        parameters: Parameters of the request.

    Returns:
        The body and the headers that describe it.
    """
    entries = []
    tail = []
    for name, values in inputs.items():
        entry: dict[str, Any] = {"name": name, "shape": list(shape_of(values)), "datatype": datatype_of(values)}
        if isinstance(values, list):
            entry["data"] = values
        else:
            tail.append(values.tobytes())
            entry["parameters"] = {"binary_data_size": len(tail[-1])}
        entries.append(entry)
    head = orjson.dumps({"inputs": entries, "parameters": {"binary_data_output": True, **(parameters or {})}})
    headers = {"content-type": "application/octet-stream", HEADER_LENGTH: str(len(head))}
    return b"".join([head, *tail]), headers


def read_response(body: bytes, header_length: str | None) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read an inference response in JSON or with binary data.

    Args:
        body: The whole body.
        header_length: Value of the header `Inference-Header-Content-Length`; None if it is missing.

    Returns:
        The JSON part, and the arrays of the outputs by name. Elements of BYTES outputs are bytes, or str if they were
        sent as JSON.

    Raises:
        InvalidInputError: The body is not a V2 response.
    """
    size = len(body) if header_length is None or not header_length.isdigit() else int(header_length)
    document = read_object(body[:size])
    arrays: dict[str, Array] = {}
    offset = size
    try:
        for entry in document["outputs"]:
            name, datatype, shape = entry["name"], entry["datatype"], tuple(entry["shape"])
            length = (entry.get("parameters") or {}).get("binary_data_size")
            if length is None:
                dtype = {"FP32": np.float32, "FP64": np.float64, "BOOL": np.bool_}.get(datatype, object)
                arrays[name] = np.array(entry["data"], dtype=dtype).reshape(shape)
            else:
                arrays[name] = array_from_bytes(name, datatype, shape, body[offset : offset + length])
                offset += length
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"response: expected an inference response of V2, got: {error!r}") from error
    return document, arrays
