"""Limits on requests: floods of elements are refused before they are parsed, the largest valid request is read."""

import json
from typing import Any

import pytest

from model.contract.errors import InvalidInputError, TooLargeError
from model.protocol.limits import MAX_ENTRIES, check_entries, check_json, check_rows
from model.protocol.rest import read_request
from model.protocol.tensors import TensorSpec
from model.protocol.v1 import read_v1_request

ROWS = 2000
CLOSE = TensorSpec("close", ("FP64",), (-1, 60))
SYMBOL = TensorSpec("symbol", ("BYTES",), (-1,))
CUBE = TensorSpec("cube", ("FP64",), (-1, 3, 2))
SPECS = (CLOSE, SYMBOL, CUBE)


def _request(name: str, datatype: str, shape: list[int], data: Any) -> bytes:
    tensor = {"name": name, "datatype": datatype, "shape": shape, "data": data}
    outputs = [{"name": f"output {number}", "parameters": {"binary_data": False}} for number in range(MAX_ENTRIES)]
    document = {"id": "7", "inputs": [tensor], "outputs": outputs, "parameters": {"allow_jumps": True}}
    return json.dumps(document).encode()


LARGEST = {
    "nested rows": _request("close", "FP64", [ROWS, 60], [[30.5] * 60] * ROWS),
    "flat rows": _request("close", "FP64", [ROWS, 60], [30.5] * 60 * ROWS),
    "symbols": _request("symbol", "BYTES", [ROWS], ["PETR4.SA"] * ROWS),
    "nested in three levels": _request("cube", "FP64", [ROWS, 3, 2], [[[1.5, 2.5]] * 3] * ROWS),
}


@pytest.mark.parametrize("body", LARGEST.values(), ids=LARGEST)
def test_largest_request_is_read(body: bytes) -> None:
    (values,) = read_request(body, None, SPECS, ROWS).inputs.values()
    assert len(values) == ROWS


def test_largest_v1_request_is_read() -> None:
    body = json.dumps({"instances": [[30.5] * 60] * ROWS, "parameters": {"allow_jumps": True}}).encode()
    assert read_v1_request(body, CLOSE, ROWS).inputs["close"].shape == (ROWS, 60)


def test_rows_over_the_limit_are_refused() -> None:
    check_rows("close", (ROWS, 60), ROWS)
    with pytest.raises(TooLargeError, match="input 'close': expected at most 2000 rows, got 2001"):
        check_rows("close", (ROWS + 1, 60), ROWS)


def test_entries_over_the_limit_are_refused() -> None:
    check_entries("outputs", range(64))
    with pytest.raises(TooLargeError, match="field 'outputs': expected at most 64 entries, got 65"):
        check_entries("outputs", range(65))


# None of them is valid JSON, so the parser would raise another error.
FLOODS = {
    "lists": b"[" * 20_000,
    "empty lists": b"[]," * 20_000,
    "objects": b'{"a":' * 2000,
    "empty objects": b"{}," * 2000,
    "strings": b'"",' * 4000,
    "keys": b'"a":1,' * 4000,
    "values": b"1," * 200_000,
    "nulls": b"null," * 200_000,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_flood_is_refused_before_it_is_parsed(kind: str) -> None:
    expected = {"keys": "strings", "nulls": "values"}.get(kind, kind.removeprefix("empty "))
    message = rf"^body: expected at most \d+ {expected} in JSON, got \d+$"
    with pytest.raises(TooLargeError, match=message):
        read_request(FLOODS[kind], None, SPECS, ROWS)
    with pytest.raises(TooLargeError, match=message):
        read_v1_request(FLOODS[kind], CLOSE, ROWS)


def test_flood_in_the_json_part_of_a_binary_request_is_refused() -> None:
    flood = b"[" * 20_000
    with pytest.raises(TooLargeError, match="lists in JSON, got 20000"):
        read_request(flood + bytes(100), str(len(flood)), SPECS, ROWS)


def test_binary_data_is_not_counted_as_json() -> None:
    raw = b'[{,"' * 60 * 2 * ROWS  # as many bytes as [2000, 60] numbers
    tensor = {"name": "close", "datatype": "FP64", "shape": [ROWS, 60], "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    assert read_request(head + raw, str(len(head)), SPECS, ROWS).inputs["close"].shape == (ROWS, 60)


def test_small_text_is_left_to_the_parser() -> None:
    with pytest.raises(InvalidInputError, match="body: expected JSON"):
        read_request(b"[" * 1000, None, SPECS, ROWS)
    check_json(b"", SPECS, 1)
