"""The binary tensor data extension: raw little-endian values; each string follows its length in four bytes."""

import struct
from math import prod

import numpy as np

from model.contract.errors import InvalidInputError
from model.protocol.tensors import DTYPES, Array


def array_from_bytes(name: str, datatype: str, shape: tuple[int, ...], raw: bytes | memoryview) -> Array:
    """Read a binary tensor; numbers are not copied.

    Args:
        name: Name of the input, for error messages.
        datatype: `FP32`, `FP64` or `BYTES`.
        shape: Declared shape.
        raw: The bytes of this tensor only.

    Returns:
        A read-only array of `shape`: float32, float64, or bytes objects.

    Raises:
        InvalidInputError: The number of bytes does not match shape and datatype.
    """
    if datatype == "BYTES":
        return _strings(name, shape, bytes(raw))
    dtype = DTYPES[datatype]
    expected = prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise InvalidInputError(
            f"input '{name}': expected {expected} bytes of binary data for {datatype} of shape {list(shape)}, "
            f"got {len(raw)}"
        )
    return np.frombuffer(raw, dtype=dtype).reshape(shape)


def _strings(name: str, shape: tuple[int, ...], raw: bytes) -> Array:
    found: list[bytes] = []
    offset, count = 0, prod(shape)
    while offset < len(raw):
        start = offset + 4
        size = struct.unpack_from("<I", raw, offset)[0] if start <= len(raw) else len(raw)
        offset = start + size
        if offset > len(raw):
            raise InvalidInputError(f"input '{name}': binary data ends within element {len(found)}")
        found.append(raw[start:offset])
        if len(found) > count:
            break
    if len(found) != count:
        got = f"more than {count}" if len(found) > count else str(len(found))
        raise InvalidInputError(
            f"input '{name}': expected {count} values for shape {list(shape)}, got {got} in binary data"
        )
    values = np.empty(count, dtype=object)
    values[:] = found
    return values.reshape(shape)


def encode_binary(values: Array | list[str]) -> bytes:
    """Encode an output as binary data."""
    if isinstance(values, list):
        return b"".join(struct.pack("<I", len(raw)) + raw for raw in (text.encode() for text in values))
    return values.tobytes()
