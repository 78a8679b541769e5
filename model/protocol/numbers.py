"""From the `data` of a JSON tensor to an array: flat or nested, numbers or strings, every fault named by place."""

from itertools import chain
from math import prod
from typing import Any

import numpy as np

from model.contract.errors import InvalidInputError
from model.protocol.tensors import DTYPES, Array

_NAMES = {str: "a string", bool: "a boolean", type(None): "null", list: "a list", dict: "an object"}


def array_from_json(name: str, datatype: str, shape: tuple[int, ...], data: Any) -> Array:
    """Reads the `data` of an input.

    Args:
        name: the input's name, for messages.
        datatype: `FP32`, `FP64` or `BYTES`.
        shape: the declared shape.
        data: what JSON gave: a flat list in row-major order, or lists nested as `shape` says.

    Returns:
        An array of `shape`: float32, float64, or objects (bytes).

    Raises:
        InvalidInputError: data and shape disagree, or an element has the wrong type.
    """
    if not isinstance(data, list):
        raise InvalidInputError(f"input '{name}', field 'data': expected a list, got {describe(data)}")
    flat = _flatten(name, shape, data)
    expected = prod(shape)
    if len(flat) != expected:
        raise InvalidInputError(
            f"input '{name}': shape {list(shape)} wants {expected} values, got {len(flat)} in field 'data'"
        )
    if datatype == "BYTES":
        return _strings(name, shape, flat)
    # A set of types is the cheapest way to see a stray string, null or boolean among many numbers.
    if not set(map(type, flat)) <= {int, float}:
        position = next(i for i, value in enumerate(flat) if type(value) not in (int, float))
        raise InvalidInputError(f"{place(name, shape, position)}: expected a number, got {describe(flat[position])}")
    try:
        values = np.array(flat, dtype=np.float64)
    except OverflowError:  # an integer beyond the largest float
        values = np.array([_float(value) for value in flat], dtype=np.float64)
    with np.errstate(over="ignore"):
        return values.astype(DTYPES[datatype], copy=False).reshape(shape)


def describe(value: Any) -> str:
    """A short name of a JSON value, for messages."""
    if isinstance(value, str):
        shown = value if len(value) <= 20 else value[:20] + "..."
        return f"the string {shown!r}"
    return _NAMES.get(type(value)) or str(value)[:40]


def place(name: str, shape: tuple[int, ...], position: int) -> str:
    """Where an element stands: `input 'close', row 2, column 7` for rank 2, else by row, else by index."""
    index = [int(i) for i in np.unravel_index(position, shape)]
    if len(index) == 2:
        return f"input '{name}', row {index[0]}, column {index[1]}"
    if len(index) == 1:
        return f"input '{name}', row {index[0]}"
    return f"input '{name}', element {index}"


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _flatten(name: str, shape: tuple[int, ...], data: list[Any]) -> list[Any]:
    """Takes lists apart as far as `shape` nests them; data that starts flat stays as it is."""
    if not data or not isinstance(data[0], list):
        return data
    rows = data
    for depth, size in enumerate(shape[1:]):
        if depth == 0 and len(rows) != shape[0]:
            raise InvalidInputError(f"input '{name}': shape {list(shape)} wants {shape[0]} rows, got {len(rows)}")
        for i, row in enumerate(rows):
            if not isinstance(row, list):
                raise InvalidInputError(f"input '{name}', row {i}: expected a list, got {describe(row)}")
            if len(row) != size:
                raise InvalidInputError(
                    f"input '{name}', row {i}: expected {size} values, got {len(row)} (shape {list(shape)})"
                )
        rows = list(chain.from_iterable(rows))
    return rows


def _strings(name: str, shape: tuple[int, ...], flat: list[Any]) -> Array:
    values = np.empty(len(flat), dtype=object)
    for i, value in enumerate(flat):
        if not isinstance(value, str):
            raise InvalidInputError(f"{place(name, shape, i)}: expected a string, got {describe(value)}")
        values[i] = value.encode("utf-8", "surrogatepass")
    return values.reshape(shape)
