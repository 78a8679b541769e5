"""V2 requests as a client writes them by hand, and their answers, without this project's codec."""

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
    """The input `close` in JSON, flat."""
    return {"name": "close", "datatype": datatype, "shape": list(closes.shape), "data": closes.ravel().tolist()}


def symbol_input(*symbols: str) -> dict[str, Any]:
    """The input `symbol` in JSON."""
    return {"name": "symbol", "datatype": "BYTES", "shape": [len(symbols)], "data": list(symbols)}


def window_request(closes: Array, **fields: Any) -> dict[str, Any]:
    """A request by window."""
    return {"inputs": [close_input(closes)], **fields}


def binary_request(
    closes: Array, datatype: str = "FP64", *, binary_output: bool = True, **fields: Any
) -> tuple[bytes, dict[str, str]]:
    """A request by window with binary data: the body and its header."""
    raw = closes.astype(_DTYPES[datatype]).tobytes()
    entry: dict[str, Any] = {"name": "close", "datatype": datatype, "shape": list(closes.shape)}
    entry["parameters"] = {"binary_data_size": len(raw)}
    head = json.dumps({"inputs": [entry], "parameters": {"binary_data_output": binary_output}, **fields}).encode()
    return head + raw, {HEADER: str(len(head))}


def outputs_of(answer: httpx.Response) -> dict[str, Any]:
    """The outputs of an answer with status 200, JSON or binary: arrays, or lists of strings, by name."""
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
    """The elements of a binary BYTES tensor."""
    found = []
    while raw:
        (size,) = struct.unpack_from("<I", raw)
        found.append(raw[4 : 4 + size].decode())
        raw = raw[4 + size :]
    return found


def ask(client: httpx.Client, closes: Array, **fields: Any) -> dict[str, Any]:
    """Outputs for windows, asked in JSON."""
    return outputs_of(client.post(INFER, json=window_request(closes, **fields)))


def ask_symbols(client: httpx.Client, symbols: Sequence[str], **fields: Any) -> dict[str, Any]:
    """Outputs for symbols, asked in JSON."""
    return outputs_of(client.post(INFER, json={"inputs": [symbol_input(*symbols)], **fields}))
