"""Conversion of the `data` field of a JSON tensor, flat or nested, to a numpy array."""

from itertools import chain
from math import prod
from typing import Any

import numpy as np

from model.contract.errors import InvalidInputError
from model.protocol.tensors import DTYPES, Array

_NAMES = {str: "a string", bool: "a boolean", type(None): "null", list: "a list", dict: "an object"}


def array_from_json(name: str, datatype: str, shape: tuple[int, ...], data: Any) -> Array:
    """Read the `data` field of an input.

    Args:
        name: Name of the input, for error messages.
        datatype: `FP32`, `FP64` or `BYTES`.
        shape: Declared shape.
        data: Parsed JSON: a flat list in row-major order, or lists nested according to `shape`.

    Returns:
        An array of `shape`: float32, float64, or bytes objects.

    Raises:
        InvalidInputError: `data` does not match `shape`, or an element has the wrong type.
    """
    if not isinstance(data, list):
        raise InvalidInputError(f"input '{name}', field 'data': expected a list, got {describe_value(data)}")
    flat = _flatten(name, shape, data)
    expected = prod(shape)
    if len(flat) != expected:
        raise InvalidInputError(
            f"input '{name}': expected {expected} values for shape {list(shape)}, got {len(flat)} in field 'data'"
        )
    if datatype == "BYTES":
        return _strings(name, shape, flat)
    # A set of types is the cheapest way to find a string, null or boolean among many numbers.
    if not set(map(type, flat)) <= {int, float}:
        position = next(i for i, value in enumerate(flat) if type(value) not in (int, float))
        raise InvalidInputError(
            f"{describe_position(name, shape, position)}: expected a number, got {describe_value(flat[position])}"
        )
    try:
        values = np.array(flat, dtype=np.float64)
    except OverflowError:  # an integer beyond the largest float
        values = np.array([_float(value) for value in flat], dtype=np.float64)
    with np.errstate(over="ignore"):
        return values.astype(DTYPES[datatype], copy=False).reshape(shape)


def describe_value(value: Any) -> str:
    """Describe a JSON value briefly, for error messages."""
    if isinstance(value, str):
        shown = value if len(value) <= 20 else value[:20] + "..."
        return f"the string {shown!r}"
    return _NAMES.get(type(value)) or str(value)[:40]


def describe_position(name: str, shape: tuple[int, ...], position: int) -> str:
    """Describe the position of an element, for error messages.

    Returns:
        For example `input 'close', row 2, column 7` for rank 2; rank 1 has no column, other ranks give the full index.
    """
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
    """Flatten lists nested according to `shape`; return a flat list unchanged."""
    if not data or not isinstance(data[0], list):
        return data
    rows = data
    for depth, size in enumerate(shape[1:]):
        if depth == 0 and len(rows) != shape[0]:
            raise InvalidInputError(
                f"input '{name}': expected {shape[0]} rows for shape {list(shape)}, got {len(rows)}"
            )
        for i, row in enumerate(rows):
            if not isinstance(row, list):
                raise InvalidInputError(f"input '{name}', row {i}: expected a list, got {describe_value(row)}")
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
            raise InvalidInputError(
                f"{describe_position(name, shape, i)}: expected a string, got {describe_value(value)}"
            )
        values[i] = value.encode("utf-8", "surrogatepass")
    return values.reshape(shape)
