"""V2 requests and responses over HTTP, written and read without the codec of this project."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import numpy as np
from numpy.typing import NDArray

INFER: Final = "/v2/models/nextclose/infer"
HEADER: Final = "inference-header-content-length"
_DTYPES: Final = {"FP64": "<f8", "FP32": "<f4"}

Array = NDArray[Any]


def close_input(closes: Array, datatype: str = "FP64") -> dict[str, Any]:
    """Make the input `close` in JSON with flat data."""
    return {"name": "close", "datatype": datatype, "shape": list(closes.shape), "data": closes.ravel().tolist()}


def symbol_input(*symbols: str) -> dict[str, Any]:
    """Make the input `symbol` in JSON."""
    return {"name": "symbol", "datatype": "BYTES", "shape": [len(symbols)], "data": list(symbols)}


def window_request(closes: Array, **fields: Any) -> dict[str, Any]:
    """Make a request by window."""
    return {"inputs": [close_input(closes)], **fields}


def binary_request(
    closes: Array, datatype: str = "FP64", *, binary_output: bool = True, **fields: Any
) -> tuple[bytes, dict[str, str]]:
    """Make a request by window with binary data; return body and headers."""
    raw = closes.astype(_DTYPES[datatype]).tobytes()
    entry: dict[str, Any] = {"name": "close", "datatype": datatype, "shape": list(closes.shape)}
    entry["parameters"] = {"binary_data_size": len(raw)}
    head = json.dumps({"inputs": [entry], "parameters": {"binary_data_output": binary_output}, **fields}).encode()
    return head + raw, {HEADER: str(len(head))}


def outputs_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the outputs of a response with status 200 by name, as arrays or lists of strings."""
    assert answer.status_code == 200, answer.text
    size = int(answer.headers.get(HEADER, len(answer.content)))
    document = json.loads(answer.content[:size])
    tail = answer.content[size:]
    found = {}
    for entry in document["outputs"]:
        length = entry.get("parameters", {}).get("binary_data_size")
        if length is None:
            found[entry["name"]] = _from_json(entry)
        else:
            found[entry["name"]] = _from_binary(entry, tail[:length])
            tail = tail[length:]
    assert not tail
    return found


def _from_json(entry: Mapping[str, Any]) -> Any:
    if entry["datatype"] == "BYTES":
        return entry["data"]
    return np.array(entry["data"]).reshape(entry["shape"])


def _from_binary(entry: Mapping[str, Any], raw: bytes) -> Any:
    if entry["datatype"] == "BYTES":
        return strings_of(raw)
    dtype = {"BOOL": "?", **_DTYPES}[entry["datatype"]]
    return np.frombuffer(raw, dtype).reshape(entry["shape"])


def strings_of(raw: bytes) -> list[str]:
    """Return the elements of a binary BYTES tensor."""
    found = []
    while raw:
        (size,) = struct.unpack_from("<I", raw)
        found.append(raw[4 : 4 + size].decode())
        raw = raw[4 + size :]
    return found


def ask(client: httpx.Client, closes: Array, **fields: Any) -> dict[str, Any]:
    """Request forecasts by window in JSON; return the outputs."""
    return outputs_of(client.post(INFER, json=window_request(closes, **fields)))


def ask_symbols(client: httpx.Client, symbols: Sequence[str], **fields: Any) -> dict[str, Any]:
    """Request forecasts by symbol in JSON; return the outputs."""
    return outputs_of(client.post(INFER, json={"inputs": [symbol_input(*symbols)], **fields}))
