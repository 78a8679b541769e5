"""The values that the protocol carries, independent of how they travel (JSON, binary after JSON, gRPC)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Parameter = str | int | bool
Array = NDArray[Any]

# Datatypes of the protocol that this service reads or writes, little-endian as the binary extension wants them.
DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BOOL": np.dtype("?"),
    "BYTES": np.dtype(object),
}


def new_id() -> str:
    """An id for a request that came without one: 32 hexadecimal digits."""
    return os.urandom(16).hex()


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a model takes or gives under a name.

    Attributes:
        name: the tensor's name.
        datatypes: the datatypes that are taken; an output has one.
        shape: the shape, -1 where any length is taken.
        required: whether a request must bring it.
    """

    name: str
    datatypes: tuple[str, ...]
    shape: tuple[int, ...]
    required: bool = True

    def shape_text(self) -> str:
        """The shape for a message, e.g. `[n, 60]`."""
        return "[" + ", ".join("n" if size < 0 else str(size) for size in self.shape) + "]"

    def metadata(self) -> dict[str, Any]:
        """The entry of the model metadata; where several datatypes are taken, the first."""
        return {"name": self.name, "datatype": self.datatypes[0], "shape": list(self.shape)}


@dataclass(frozen=True, slots=True)
class RequestedOutput:
    """An output that a request asks for. `binary` is None where the request's own default holds."""

    name: str
    binary: bool | None = None


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A request after reading: every tensor has the datatype and shape that its spec allows.

    Attributes:
        inputs: arrays by name: float32 or float64, or object arrays of bytes, shaped as sent.
        outputs: the outputs asked for, or None for all.
        id: the sender's id, or a new one.
        parameters: the request's parameters.
        binary_output: whether outputs are binary where an output does not say.
    """

    inputs: Mapping[str, Array]
    outputs: tuple[RequestedOutput, ...] | None = None
    id: str = field(default_factory=new_id)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    binary_output: bool = False

    def without_inputs(self) -> "InferRequest":
        """The same request for whoever writes its answer."""
        return replace(self, inputs={})


@dataclass(frozen=True, slots=True)
class InferResponse:
    """An answer before writing.

    Attributes:
        outputs: arrays by name, in the order in which they are written: float32, float64, bool, or lists of strings.
    """

    model_name: str
    model_version: str
    id: str
    outputs: Mapping[str, Array | list[str]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def datatype_of(values: Array | list[str]) -> str:
    """The protocol's name of an output's datatype."""
    if isinstance(values, list):
        return "BYTES"
    return _DATATYPES[values.dtype.str]


_DATATYPES: Final = {"<f4": "FP32", "<f8": "FP64", "|b1": "BOOL"}


def shape_of(values: Array | list[str]) -> tuple[int, ...]:
    """The shape of an output."""
    return (len(values),) if isinstance(values, list) else values.shape


def size_of(values: Array | list[str]) -> int:
    """The number of elements of an output."""
    return len(values) if isinstance(values, list) else values.size
