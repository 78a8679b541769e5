"""Valid inference requests for both roles, from which the cases are derived."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np

from model.contract.features import CHANNELS
from model.contract.names import CLOSE, FEATURES, SYMBOL
from model.contract.window import RETURNS, WINDOW
from model.protocol import open_inference as pb
from tests.serving.v2_requests import HEADER

CLOSES: Final = [round(30 + (day % 7) * 0.25, 2) for day in range(WINDOW)]
_OUTPUTS: Final = {"transformer": ("forecast", "quantiles", "naive"), "predictor": ("quantiles",)}


@dataclass(frozen=True, slots=True)
class Served:
    """The model, version and symbol that a server serves.

    Attributes:
        role: `transformer` or `predictor`.
        model: Name of the model.
        version: Name of a served version.
        symbol: A symbol of the price store.
    """

    role: str
    model: str
    version: str
    symbol: str

    @property
    def path(self) -> str:
        """The path of inference requests."""
        return f"/v2/models/{self.model}/infer"


def valid_document(rng: Random, served: Served, *, plain: bool = False) -> dict[str, Any]:
    """A V2 request in JSON that is answered with 200.

    Args:
        rng: Random choice between valid variants.
        served: The server that receives the request.
        plain: Whether to omit optional fields.
    """
    document: dict[str, Any] = {"inputs": [_json_input(rng, served, plain=plain)]}
    if plain:
        return document
    if rng.random() < 0.3:
        document["id"] = f"id-{rng.randrange(1000)}"
    if rng.random() < 0.3:
        names = rng.sample(_OUTPUTS[served.role], rng.randint(1, len(_OUTPUTS[served.role])))
        document["outputs"] = [{"name": name, "parameters": {"binary_data": rng.random() < 0.5}} for name in names]
    if rng.random() < 0.3:
        document["parameters"] = {"binary_data_output": rng.random() < 0.5, "allow_jumps": True}
    return document


def _json_input(rng: Random, served: Served, *, plain: bool) -> dict[str, Any]:
    if served.role == "predictor":
        values = [0.25] * (RETURNS * CHANNELS)
        return {"name": FEATURES, "datatype": "FP32", "shape": [1, RETURNS, CHANNELS], "data": values}
    if not plain and rng.random() < 0.25:
        rows = rng.randint(1, 3)
        return {"name": SYMBOL, "datatype": "BYTES", "shape": [rows], "data": [served.symbol] * rows}
    rows = 1 if plain else rng.randint(1, 3)
    data: list[Any] = [CLOSES] * rows if rng.random() < 0.5 else CLOSES * rows
    datatype = "FP64" if plain else rng.choice(("FP64", "FP32"))
    return {"name": CLOSE, "datatype": datatype, "shape": [rows, WINDOW], "data": json.loads(json.dumps(data))}


def valid_binary(rng: Random, served: Served) -> tuple[dict[str, Any], bytes, dict[str, str]]:
    """A request with binary tensors.

    Returns:
        The JSON part, the binary part, and headers in addition to the length of the JSON part.
    """
    document = valid_document(rng, served)
    (entry,) = document["inputs"]
    tail = raw_values(entry)
    del entry["data"]
    entry["parameters"] = {"binary_data_size": len(tail)}
    return document, tail, {"content-type": "application/octet-stream"}


def raw_values(entry: dict[str, Any]) -> bytes:
    """The data of a valid input in binary form."""
    if entry["datatype"] == "BYTES":
        return b"".join(len(text.encode()).to_bytes(4, "little") + text.encode() for text in entry["data"])
    return np.ravel(entry["data"]).astype({"FP64": "<f8", "FP32": "<f4"}[entry["datatype"]]).tobytes()


def header_length(head: bytes) -> dict[str, str]:
    """The header that is required for a request with a binary part."""
    return {HEADER: str(len(head))}


def valid_message(rng: Random, served: Served, *, plain: bool = False) -> Any:
    """A `ModelInferRequest` that is answered with OK."""
    document = valid_document(rng, served, plain=plain)
    message = pb.ModelInferRequest(model_name=served.model, id=document.get("id", ""))
    if not plain and rng.random() < 0.3:
        message.model_version = served.version
    (entry,) = document["inputs"]
    tensor = message.inputs.add(name=entry["name"], datatype=entry["datatype"], shape=entry["shape"])
    if rng.random() < 0.5:
        message.raw_input_contents.append(raw_values(entry))
    elif entry["datatype"] == "BYTES":
        tensor.contents.bytes_contents.extend(text.encode() for text in entry["data"])
    else:
        getattr(tensor.contents, f"{entry['datatype'].lower()}_contents").extend(np.ravel(entry["data"]).tolist())
    for output in document.get("outputs", ()):
        message.outputs.add(name=output["name"])
    if "parameters" in document:
        message.parameters["allow_jumps"].bool_param = True
    return message
