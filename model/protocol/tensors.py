"""Requests, responses and tensors of V2, independent of their encoding (JSON, binary data, gRPC)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Parameter = str | int | bool
Array = NDArray[Any]

# Datatypes of the protocol that this service reads or writes; little-endian, as the binary extension requires.
DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BOOL": np.dtype("?"),
    "BYTES": np.dtype(object),
}


def new_id() -> str:
    """Make an id of 32 hexadecimal digits for a request without one."""
    return os.urandom(16).hex()


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output of a model.

    Attributes:
        name: Name of the tensor.
        datatypes: Accepted datatypes; an output has one.
        shape: Shape; -1 for a dimension of any length.
        required: Whether every request has this input, or every response this output.
    """

    name: str
    datatypes: tuple[str, ...]
    shape: tuple[int, ...]
    required: bool = True

    def shape_text(self) -> str:
        """Format the shape for a message, e.g. `[n, 60]`."""
        return "[" + ", ".join("n" if size < 0 else str(size) for size in self.shape) + "]"

    def metadata(self) -> dict[str, Any]:
        """Make the entry of the model metadata, with the first of several datatypes."""
        return {"name": self.name, "datatype": self.datatypes[0], "shape": list(self.shape)}


@dataclass(frozen=True, slots=True)
class RequestedOutput:
    """An output that a request asks for.

    Attributes:
        name: Name of the output.
        binary: Whether the output is sent as binary data; None means `InferRequest.binary_output`.
    """

    name: str
    binary: bool | None = None


@dataclass(frozen=True, slots=True)
class InferRequest:
    """An inference request whose tensors have the datatypes and shapes of their specs.

    Attributes:
        inputs: Arrays by name, in the shape sent: float32, float64, or bytes objects.
        outputs: Requested outputs; None means all.
        id: Id that the client sent, or a new one.
        parameters: Parameters of the request.
        binary_output: Whether outputs are sent as binary data by default.
    """

    inputs: Mapping[str, Array]
    outputs: tuple[RequestedOutput, ...] | None = None
    id: str = field(default_factory=new_id)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    binary_output: bool = False

    def without_inputs(self) -> "InferRequest":
        """Return a copy without inputs: they are not needed to write the response."""
        return replace(self, inputs={})


@dataclass(frozen=True, slots=True)
class InferResponse:
    """An inference response.

    Attributes:
        model_name: Name of the model.
        model_version: Version that computed the outputs.
        id: Id of the request.
        outputs: Arrays (float32, float64, bool) or lists of strings by name, in the order of the response.
        parameters: Parameters of the response.
    """

    model_name: str
    model_version: str
    id: str
    outputs: Mapping[str, Array | list[str]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def datatype_of(values: Array | list[str]) -> str:
    """Return the V2 datatype of an output."""
    if isinstance(values, list):
        return "BYTES"
    return _DATATYPES[values.dtype.str]


_DATATYPES: Final = {"<f4": "FP32", "<f8": "FP64", "|b1": "BOOL"}


def shape_of(values: Array | list[str]) -> tuple[int, ...]:
    """Return the shape of an output."""
    return (len(values),) if isinstance(values, list) else values.shape


def size_of(values: Array | list[str]) -> int:
    """Return the number of elements of an output."""
    return len(values) if isinstance(values, list) else values.size
