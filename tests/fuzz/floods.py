"""Requests with very many or very long elements, below and above the limits."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

import numpy as np

from model.protocol.limits import MAX_ENTRIES
from tests.fuzz.inference_requests import CLOSES, Served, header_length, valid_document
from tests.fuzz.json_text import RawText, nested, write_json

ROW_LIMITS: Final = {"transformer": 65_536, "predictor": 4096}
_FREE: Final = 1024  # elements that a JSON text may have in addition to those of its tensors
_MANY: Final = (2, MAX_ENTRIES - 1, MAX_ENTRIES, MAX_ENTRIES + 1, 1000, _FREE - 1, _FREE + 1, 20_000)


def flood_json(rng: Random, served: Served) -> bytes:
    """A JSON body of at most a few MiB."""
    document = valid_document(rng, served, plain=True)
    changed = rng.choice(_FLOODS)(rng, served, document)
    return changed if isinstance(changed, bytes) else write_json(document)


def _fields(rng: Random, _served: Served, document: dict[str, Any]) -> None:
    """Many entries in one of the request's fields."""
    many = rng.choice(_MANY)
    entries: dict[str, Any] = {
        "inputs": rng.choice(([{}] * many, document["inputs"] * min(many, 2000))),
        "outputs": [{"name": rng.choice(("forecast", "quantiles", "x"))}] * many,
        "parameters": {f"p{number}": number for number in range(many)},
    }
    field = rng.choice(list(entries))
    document[field] = entries[field]


def _more_fields(rng: Random, _served: Served, document: dict[str, Any]) -> None:
    document |= {f"f{number}": [] for number in range(rng.choice(_MANY))}


def _long_id(rng: Random, _served: Served, document: dict[str, Any]) -> None:
    document["id"] = rng.choice(("a", "\n", "\x00", "é", "\U0001f4c8")) * rng.choice((1000, 10**5, 10**6))


def _long_name(rng: Random, _served: Served, document: dict[str, Any]) -> None:
    document["inputs"][0][rng.choice(("name", "datatype"))] = "x" * 10**6


def _shape(rng: Random, served: Served, document: dict[str, Any]) -> None:
    (entry,) = document["inputs"]
    entry["shape"] = rng.choice(([1] * rng.choice(_MANY), [_rows(rng, served), *entry["shape"][1:]]))


def _many_symbols(rng: Random, served: Served, document: dict[str, Any]) -> None:
    rows = _rows(rng, served)
    data = rng.choice(([served.symbol] * rows, [""] * rows, [f"S{number}" for number in range(rows)]))
    document["inputs"] = [{"name": "symbol", "datatype": "BYTES", "shape": [rows], "data": data}]


def _many_lists(rng: Random, served: Served, document: dict[str, Any]) -> None:
    document["inputs"][0]["data"] = [[]] * _rows(rng, served)


def _many_values(rng: Random, served: Served, document: dict[str, Any]) -> None:
    document["inputs"][0]["data"] = RawText(b"[%b1]" % (b"1," * _rows(rng, served) * 20))


def _long_numbers(rng: Random, _served: Served, document: dict[str, Any]) -> bytes:
    digits = rng.choice((300, 5000, 10**5, 10**6))
    return write_json(document).replace(b"30.0", b"3" * digits, 1).replace(b"0.25", b"0." + b"1" * digits, 1)


def _padding(rng: Random, _served: Served, document: dict[str, Any]) -> bytes:
    return write_json(document) + rng.choice((b" ", b"\n", b"\x00", b"}")) * rng.choice((1000, 10**6))


_FLOODS: Final[tuple[Callable[[Random, Served, dict[str, Any]], bytes | None], ...]] = (
    _fields, _fields, _more_fields, _long_id, _long_name, _shape, _many_symbols, _many_lists, _many_values,
    _long_numbers, _padding,
)  # fmt: skip


def _rows(rng: Random, served: Served) -> int:
    limit = ROW_LIMITS[served.role]
    return rng.choice((1000, limit - 1, limit, limit + 1, limit + _FREE + 1, 2 * limit))


def flood_binary(rng: Random, served: Served) -> tuple[bytes, dict[str, str]]:
    """A body with a binary part of at most a few MiB, and its headers."""
    entry: dict[str, Any]
    if served.role == "predictor":
        rows = rng.choice((256, 257, 1000, 4096, 4097))
        entry = {"name": "features", "datatype": "FP32", "shape": [rows, 59, 3]}
        tail = bytes(4 * rows * 59 * 3)
    elif rng.random() < 0.5:
        rows = rng.choice((256, 257, 1000, 2048))
        entry = {"name": "close", "datatype": "FP64", "shape": [rows, 60]}
        tail = np.array(CLOSES, "<f8").tobytes() * rows
    else:
        rows = _rows(rng, served)
        entry = {"name": "symbol", "datatype": "BYTES", "shape": [rows]}
        tail = _strings(rng, served, rows)
    if rng.random() < 0.2:
        tail = tail[:-1]
    entry["parameters"] = {"binary_data_size": len(tail)}
    document: dict[str, Any] = {"inputs": [entry], "parameters": {"binary_data_output": rng.random() < 0.5}}
    if rng.random() < 0.1:
        document["x"] = [nested(rng, 500)]
    head = write_json(document)
    return head + tail, header_length(head)


def _strings(rng: Random, served: Served, count: int) -> bytes:
    text = rng.choice((served.symbol.encode(), b"", b"\xff", b"x" * 50))
    return (len(text).to_bytes(4, "little") + text) * count
