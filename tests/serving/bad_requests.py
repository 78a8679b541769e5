"""Invalid requests over HTTP, with the status and part of the message of their answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.contract.arrays import f8
from tests.serving.v2_requests import close_input


@dataclass(frozen=True, slots=True)
class Bad:
    """An invalid request.

    Attributes:
        name: Name in the report of the tests.
        body: The whole body.
        message: Part of the expected error message.
        status: Expected status.
    """

    name: str
    body: bytes
    message: str
    status: int = 400


def windows() -> f8:
    """Make two valid windows, float64 [2, 60]."""
    closes: f8 = 30.0 + np.sin(np.arange(120.0)).reshape(2, 60)
    return closes


def _dump(document: Any) -> bytes:
    return json.dumps(document).encode()


def entry(**fields: Any) -> dict[str, Any]:
    """Make the input `close` of two windows with some fields changed."""
    return close_input(windows()) | fields


def _inputs(*entries: Any, **fields: Any) -> bytes:
    return _dump({"inputs": list(entries), **fields})


def with_value(value: Any) -> bytes:
    """Make a request for two windows with another value in row 1, column 7."""
    data = windows().tolist()
    data[1][7] = value
    return _inputs(entry(data=data))


def _without(field: str) -> dict[str, Any]:
    return {name: value for name, value in entry().items() if name != field}


def bodies() -> Iterator[Bad]:
    """Bodies that are not requests, or have invalid inputs."""
    yield Bad("empty", b"", "body: expected JSON, got an empty body")
    yield Bad("not JSON", b"closes=1,2,3", "body: expected JSON, got invalid text")
    yield Bad("cut JSON", _inputs(entry())[:-20], "body: expected JSON")
    yield Bad("invalid UTF-8", b'{"inputs": "\xff\xfe"}', "body: expected JSON")
    yield Bad("control characters", b'{"inputs":\n"\x01"}', "body: expected JSON")
    yield Bad("bare NaN", b"NaN", "body: expected a JSON object, got")
    yield Bad("a list", b"[]", "body: expected a JSON object, got a list")
    yield Bad("a string", b'"x"', "body: expected a JSON object, got the string 'x'")
    yield Bad("null", b"null", "body: expected a JSON object, got null")
    yield Bad("deep", b'{"inputs": ' + b"[" * 5000 + b"]" * 5000 + b"}", "body: expected JSON")
    yield Bad("deep objects", b'{"a":' * 1020 + b"1" + b"}" * 1020, "field 'inputs': expected a list of tensors")
    yield Bad("objects", b'{"a":' * 5000 + b"1" + b"}" * 5000, "body: expected at most 1024 objects in JSON", 413)
    yield Bad("lists", b'{"inputs": ' + b"[" * 70_000, "body: expected at most 66560 lists in JSON, got 70000", 413)
    yield Bad("strings", b'{"inputs": [' + b'"",' * 70_000, "body: expected at most 66560 strings in JSON", 413)
    yield Bad("values", b'{"inputs": [' + b"1," * 4_000_000, "body: expected at most 3933184 values in JSON", 413)
    yield Bad("many inputs", _inputs(*[entry()] * 65), "field 'inputs': expected at most 64 entries, got 65", 413)
    yield Bad("inputs missing", b"{}", "field 'inputs': expected a list of tensors, got nothing")
    yield Bad("V1 in V2", _dump({"instances": windows().tolist()}), "field 'inputs': expected a list of tensors")
    yield Bad("inputs null", b'{"inputs": null}', "field 'inputs': expected a list of tensors, got nothing")
    yield Bad("inputs an object", b'{"inputs": {}}', "field 'inputs': expected a list of tensors, got an object")
    yield Bad("neither", b'{"inputs": []}', "field 'inputs': expected 'close' or 'symbol', got an empty list")
    symbol = {"name": "symbol", "datatype": "BYTES", "shape": [2], "data": ["A", "B"]}
    yield Bad("both", _inputs(entry(), symbol), "expected one of 'close' and 'symbol', got both")
    yield Bad("twice", _inputs(entry(), entry()), "input 'close': given twice")
    yield Bad("not a tensor", _inputs(7), "field 'inputs', element 0: expected an object, got 7")
    yield Bad(
        "second is not a tensor", _inputs(entry(), None), "field 'inputs', element 1: expected an object, got null"
    )


def tensors() -> Iterator[Bad]:
    """Tensors with an invalid name, datatype, shape or parameter."""
    yield Bad("no name", _inputs(_without("name")), "element 0: expected the name 'close' or 'symbol', got none")
    yield Bad("wrong name", _inputs(entry(name="price")), "element 0: expected the name 'close' or 'symbol', got")
    yield Bad("name not a string", _inputs(entry(name=["close"])), "expected the name 'close' or 'symbol', got a list")
    yield Bad("name a surrogate", _inputs(entry(name="\ud800")), "expected the name 'close' or 'symbol', got")
    yield Bad("no datatype", _inputs(_without("datatype")), "input 'close': expected datatype FP64 or FP32, got none")
    for wrong in ("INT64", "FP16", "BYTES", "fp64", 64, None, ["FP64"]):
        yield Bad(f"datatype {wrong}", _inputs(entry(datatype=wrong)), "input 'close': expected datatype FP64 or FP32")
    yield Bad("no shape", _inputs(_without("shape")), "input 'close': expected shape [n, 60], got none")
    shapes: tuple[Any, ...] = (
        [120], [60], [2, 59], [2, 61], [60, 2], [2, 60, 1], [[2, 60]], [-1, 60], [-2, -60], [2.0, 60], [True, 60],
        ["2", "60"], [2, None], {}, "2,60", 120, [], [1e300, 60], [2**70, 60],
    )  # fmt: skip
    for wrong in shapes:
        yield Bad(f"shape {wrong}", _inputs(entry(shape=wrong)), "input 'close': expected shape [n, 60], got")
    deep = _inputs(entry(shape=77777)).replace(b"77777", b"[" * 990 + b"]" * 990)
    yield Bad("shape deep", deep, "input 'close': expected shape [n, 60], got")
    yield Bad("no rows", _inputs(entry(shape=[0, 60], data=[])), "expected at least one row, got shape [0, 60]")
    yield Bad("huge shape", _inputs(entry(shape=[2**40, 60])), "expected dimensions below 2^31")
    yield Bad("shape over data", _inputs(entry(shape=[3, 60])), "expected 180 values for shape [3, 60], got 120")
    yield Bad("parameters not an object", _inputs(entry(parameters=[])), "field 'parameters': expected an object")
    size = {"parameters": {"binary_data_size": 960}}
    yield Bad("data and binary size", _inputs(entry(**size)), "expected 'data' or 'binary_data_size', got both")


def values() -> Iterator[Bad]:
    """Data that is not a valid window of closes."""
    data = windows().tolist()
    yield Bad("no data", _inputs(_without("data")), "input 'close': expected a field 'data', got none")
    yield Bad("data null", _inputs(entry(data=None)), "input 'close', field 'data': expected a list, got null")
    yield Bad("data a number", _inputs(entry(data=1)), "input 'close', field 'data': expected a list, got 1")
    yield Bad("data empty", _inputs(entry(data=[])), "input 'close': expected 120 values for shape [2, 60], got 0")
    yield Bad("one value less", _inputs(entry(data=windows().ravel().tolist()[1:])), "for shape [2, 60], got 119")
    yield Bad("ragged", _inputs(entry(data=[data[0], data[1][:-1]])), "row 1: expected 60 values, got 59")
    yield Bad("one row", _inputs(entry(data=data[:1])), "expected 2 rows for shape [2, 60], got 1")
    yield Bad("row not a list", _inputs(entry(data=[data[0], 3])), "input 'close', row 1: expected a list, got 3")
    yield Bad(
        "nested deeper", _inputs(entry(data=[[[1.0]] * 60] * 2)), "row 0, column 0: expected a number, got a list"
    )
    yield Bad("flat, then a list", _inputs(entry(data=[1.0] * 119 + [[1.0]])), "row 1, column 59: expected a number")
    location = "input 'close', row 1, column 7: expected "
    wrong: Any
    for wrong, got in (("12.5", "the string '12.5'"), (None, "null"), (True, "a boolean"), ({}, "an object")):
        yield Bad(f"a close {wrong!r}", with_value(wrong), f"{location}a number, got {got}")
    for wrong in (float("nan"), float("inf"), float("-inf"), 10**400, -(10**400)):
        yield Bad(f"a close {str(wrong)[:8]}", with_value(wrong), f"{location}a finite price, got ")
    for literal in (b"1e999", b"-1e999"):
        body = with_value(77777).replace(b"77777", literal)
        yield Bad(f"a close {literal.decode()}", body, f"{location}a finite price, got ")
    for zero in (0, 0.0, -0.0, -1, -1e-320):
        yield Bad(f"a close {zero!r}", with_value(zero), f"{location}a price above zero, got ")
    for jump in (3.1 * 31, 29 / 3.2, 2**63, 2**64, 1e308, 5e-324):
        yield Bad(f"a jump to {jump}", with_value(jump), f"{location}a change by at most a factor of 3 from one close")
    largest = [1.79e308, 1.6e308] * 60
    yield Bad("forecast beyond floats", _inputs(entry(data=largest)), "input 'close', row 0: ")
    yield Bad("FP32 beyond floats", _inputs(entry(datatype="FP32", data=[1e39] * 120)), "row 0, column 0: expected a f")


def fields() -> Iterator[Bad]:
    """Invalid fields other than the inputs."""
    wrong: Any
    yield Bad("id a number", _inputs(entry(), id=7), "field 'id': expected a string, got 7")
    yield Bad("id a list", _inputs(entry(), id=[]), "field 'id': expected a string, got a list")
    yield Bad("id a surrogate", _inputs(entry(), id="\ud800"), "field 'id': expected ")
    yield Bad("parameters a list", _inputs(entry(), parameters=[1]), "field 'parameters': expected an object, got a li")
    deep = _inputs(entry(), parameters={"allow_jumps": 77777}).replace(b"77777", b"[" * 990 + b"]" * 990)
    yield Bad("allow_jumps deep", deep, "parameter 'allow_jumps': expected true or false, got ")
    for wrong in (1, "true", None, [], {}):
        body = _inputs(entry(), parameters={"allow_jumps": wrong})
        yield Bad(f"allow_jumps {wrong!r}", body, "parameter 'allow_jumps': expected true or false, got ")
    outputs: tuple[tuple[Any, str], ...] = (
        ({}, "field 'outputs': expected a list of outputs, got an object"),
        ([1], "field 'outputs', element 0: expected an object with a 'name', got 1"),
        ([{}], "field 'outputs', element 0: expected an object with a 'name', got an object"),
        ([{"name": "price"}], "field 'outputs': expected some of forecast, quantiles, naive, got 'price'"),
        ([{"name": "stale"}], "field 'outputs': expected some of forecast, quantiles, naive, got 'stale'"),
        ([{"name": "naive"}] * 2, "field 'outputs': 'naive' is requested twice"),
        ([{"name": "naive", "parameters": 1}], "field 'outputs', element 0, field 'parameters': expected an object"),
    )
    for wrong, message in outputs:
        yield Bad(f"outputs {wrong}", _inputs(entry(), outputs=wrong), message)


def symbols() -> Iterator[Bad]:
    """Invalid requests by symbol."""

    def body_of(*data: Any, shape: Any = None) -> bytes:
        return _inputs({"name": "symbol", "datatype": "BYTES", "shape": shape or [len(data)], "data": list(data)})

    wrong: Any
    yield Bad("unknown", body_of("NONE3.SA"), "input 'symbol', row 0: 'NONE3.SA' is not in the price store", 404)
    for odd in ("../../etc/passwd", "a\nb", "x" * 10_000, "\x00", "ação", " "):
        yield Bad(f"unknown {odd[:9]!r}", body_of(odd), "input 'symbol', row 0: ", 404)
    yield Bad("empty symbol", body_of(""), "input 'symbol', row 0: expected a symbol, got an empty string")
    yield Bad("surrogate", body_of("A\ud800"), "input 'symbol', row 0: expected UTF-8, got ")
    for wrong in (1, None, True, {}, ["A"]):
        yield Bad(f"symbol {wrong!r}", body_of("A", wrong), "input 'symbol', row 1: expected a string, got ")
    yield Bad("rank 2", body_of("A", shape=[1, 1]), "input 'symbol': expected shape [n], got [1, 1]")
    yield Bad("count", body_of("A", shape=[2]), "input 'symbol': expected 2 values for shape [2], got 1")


ALL = (*bodies(), *tensors(), *values(), *fields(), *symbols())
