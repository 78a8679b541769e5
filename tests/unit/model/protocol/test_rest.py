"""V2 over HTTP: requests and responses are read as written, and the error message names the invalid field."""

import json
from contextlib import suppress
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model.contract.errors import InvalidInputError, TooLargeError
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH, read_request, write_response
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec

CLOSE = TensorSpec("close", ("FP64", "FP32"), (-1, 3))
SYMBOL = TensorSpec("symbol", ("BYTES",), (-1,))
CUBE = TensorSpec("cube", ("FP32",), (-1, 2, 2))
SPECS = (CLOSE, SYMBOL, CUBE)
ROW_LIMIT = 32


def body_of(*inputs: object, **fields: object) -> bytes:
    return json.dumps({"inputs": list(inputs), **fields}).encode()


def close(**changes: object) -> dict[str, object]:
    entry: dict[str, object] = {"name": "close", "datatype": "FP64", "shape": [2, 3], "data": [1, 2, 3, 4.5, 5, 6]}
    entry.update(changes)
    return {key: value for key, value in entry.items() if value is not ...}


def read(body: bytes, header_length: str | None = None) -> InferRequest:
    return read_request(body, header_length, SPECS, ROW_LIMIT)


@pytest.mark.parametrize("data", [[1, 2, 3, 4.5, 5, 6], [[1, 2, 3], [4.5, 5, 6]]])
@pytest.mark.parametrize(("datatype", "dtype"), [("FP64", np.float64), ("FP32", np.float32)])
def test_flat_and_nested_data_are_equivalent(data: list[Any], datatype: str, dtype: type) -> None:
    found = read(body_of(close(data=data, datatype=datatype))).inputs["close"]
    assert found.dtype == dtype
    assert found.tolist() == [[1, 2, 3], [4.5, 5, 6]]


def test_deeply_nested_numbers_and_strings_are_read() -> None:
    cube = {"name": "cube", "datatype": "FP32", "shape": [1, 2, 2], "data": [[[1, 2], [3, 4]]]}
    symbol = {"name": "symbol", "datatype": "BYTES", "shape": [2], "data": ["PETR4.SA", "Ação"]}
    found = read(body_of(cube, symbol)).inputs
    assert found["cube"].tolist() == [[[1, 2], [3, 4]]]
    assert [raw.decode() for raw in found["symbol"]] == ["PETR4.SA", "Ação"]


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=1).map(lambda s: (s[0], 3)), elements=st.floats(width=64)))
def test_binary_numbers_are_read_bit_for_bit(closes: Any) -> None:
    body, headers = write_request({"close": closes})
    found = read(body, headers[HEADER_LENGTH])
    np.testing.assert_array_equal(found.inputs["close"], closes)
    assert found.binary_output


@given(
    arrays(np.float64, (4, 7), elements=st.floats(allow_nan=False, allow_infinity=False)),
    st.lists(st.text(max_size=20), min_size=4, max_size=4),
    st.booleans(),
)
def test_response_is_read_as_written(quantiles: Any, dates: list[str], binary: bool) -> None:
    response = InferResponse(
        "nextclose", "v1", "7", {"quantiles": quantiles, "dates": dates, "stale": quantiles[:, 0] > 0}, {"levels": "x"}
    )
    body, headers = write_response(response, InferRequest({}, binary_output=binary))
    document, arrays_ = read_response(body, headers.get(HEADER_LENGTH))
    assert (HEADER_LENGTH in headers) == binary
    assert document["model_version"] == "v1"
    assert document["id"] == "7"
    assert document["parameters"] == {"levels": "x"}
    np.testing.assert_array_equal(arrays_["quantiles"], quantiles)
    np.testing.assert_array_equal(arrays_["stale"], quantiles[:, 0] > 0)
    found = [value.decode() if isinstance(value, bytes) else value for value in arrays_["dates"]]
    assert found == dates


def test_each_output_is_binary_or_json_as_requested() -> None:
    request = read(
        body_of(
            close(),
            outputs=[{"name": "a", "parameters": {"binary_data": True}}, {"name": "b"}],
            parameters={"allow_jumps": True},
            id="7",
        )
    )
    assert request.id == "7"
    assert request.parameters == {"allow_jumps": True}
    body, headers = write_response(InferResponse("m", "v", "7", {"a": np.ones(2), "b": np.zeros(2)}), request)
    head = orjson.loads(body[: int(headers[HEADER_LENGTH])])
    assert head["outputs"][0]["parameters"] == {"binary_data_size": 16}
    assert head["outputs"][1]["data"] == [0.0, 0.0]


def test_request_without_id_gets_a_new_one() -> None:
    assert read(body_of(close())).id != read(body_of(close())).id


NUMBERS = "expected a number, got "
INVALID: list[tuple[bytes, str]] = [
    (b"", "body: expected JSON, got an empty body"),
    (b"{", "body: expected JSON, got invalid text: "),
    (b"\xff\xfe", "body: expected JSON, got invalid text: "),
    (b"[" * 1100, "body: expected JSON, got invalid text: "),
    (b"[]", "body: expected a JSON object, got a list"),
    (b"7", "body: expected a JSON object, got 7"),
    (b"{}", "field 'inputs': expected a list of tensors, got nothing"),
    (b'{"inputs": {}}', "field 'inputs': expected a list of tensors, got an object"),
    (b'{"inputs": []}', "field 'inputs': expected 'close' or 'symbol' or 'cube', got an empty list"),
    (body_of(7), "field 'inputs', element 0: expected an object, got 7"),
    (body_of(close(name=...)), "element 0: expected the name 'close' or 'symbol' or 'cube', got none"),
    (body_of(close(name="closes")), "got the string 'closes'"),
    (body_of(close(), close()), "input 'close': given twice"),
    (body_of(close(datatype=...)), "input 'close': expected datatype FP64 or FP32, got none"),
    (body_of(close(datatype="INT64")), "expected datatype FP64 or FP32, got the string 'INT64'"),
    (body_of(close(datatype=["FP64"])), "expected datatype FP64 or FP32, got a list"),
    (body_of(close(shape=...)), "input 'close': expected shape [n, 3], got none"),
    (body_of(close(shape=[6])), "expected shape [n, 3], got [6]"),
    (body_of(close(shape=[3, 2])), "expected shape [n, 3], got [3, 2]"),
    (body_of(close(shape=[-2, 3])), "expected shape [n, 3], got [-2, 3]"),
    (body_of(close(shape=[2.0, 3])), "expected shape [n, 3], got [2.0, 3]"),
    (body_of(close(shape=[True, 3])), "expected shape [n, 3], got ["),
    (body_of(close(shape=[0, 3], data=[])), "expected at least one row, got shape [0, 3]"),
    (body_of(close(shape=[1 << 62, 3])), "expected dimensions below 2^31"),
    (body_of(close(shape=[ROW_LIMIT, 3])), "got 6 in field 'data'"),
    (body_of(close(data=...)), "input 'close': expected a field 'data', got none"),
    (body_of(close(data={})), "input 'close', field 'data': expected a list, got an object"),
    (body_of(close(data=[])), "expected 6 values for shape [2, 3], got 0 in field 'data'"),
    (body_of(close(data=[1, 2, 3])), "expected 6 values for shape [2, 3], got 3 in field 'data'"),
    (body_of(close(data=[[1, 2, 3]])), "expected 2 rows for shape [2, 3], got 1"),
    (body_of(close(data=[[1, 2, 3], [4, 5]])), "input 'close', row 1: expected 3 values, got 2"),
    (body_of(close(data=[[1, 2, 3], 4])), "input 'close', row 1: expected a list, got 4"),
    (body_of(close(data=[1, 2, 3, 4, "5", 6])), f"row 1, column 1: {NUMBERS}the string '5'"),
    (body_of(close(data=[1, 2, None, 4, 5, 6])), f"row 0, column 2: {NUMBERS}null"),
    (body_of(close(data=[1, True, 3, 4, 5, 6])), f"row 0, column 1: {NUMBERS}a boolean"),
    (body_of(close(data=[1, [2], 3, 4, 5, 6])), f"row 0, column 1: {NUMBERS}a list"),
    (body_of(close(parameters=7)), "input 'close', field 'parameters': expected an object, got 7"),
    (body_of(close(parameters={"binary_data_size": 48})), "expected 'data' or 'binary_data_size', got both"),
    (body_of(close(data=..., parameters={"binary_data_size": "48"})), "expected 'binary_data_size' in bytes"),
    (body_of(close(data=..., parameters={"binary_data_size": True})), "expected 'binary_data_size' in bytes"),
    (
        body_of(close(data=..., parameters={"binary_data_size": 48})),
        "expected 48 bytes of binary data ('binary_data_size'), got 0",
    ),
    (body_of(close(), outputs={}), "field 'outputs': expected a list of outputs, got an object"),
    (body_of(close(), outputs=["forecast"]), "field 'outputs', element 0: expected an object with a 'name'"),
    (body_of(close(), parameters=[]), "field 'parameters': expected an object, got a list"),
    (body_of(close(), id=7), "field 'id': expected a string, got 7"),
    (body_of({"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [7]}), "row 0: expected a string, got 7"),
]


@pytest.mark.parametrize(("body", "message"), INVALID)
def test_message_names_the_invalid_field(body: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(body)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (body_of(close(shape=[ROW_LIMIT + 1, 3])), "input 'close': expected at most 32 rows, got 33"),
        (body_of(close(shape=[1 << 30, 3])), "input 'close': expected at most 32 rows, got 1073741824"),
        (body_of(*[close()] * 65), "field 'inputs': expected at most 64 entries, got 65"),
        (body_of(close(), outputs=[{"name": "a"}] * 65), "field 'outputs': expected at most 64 entries, got 65"),
        (b"[" * 2000, "body: expected at most 1120 lists in JSON, got 2000"),
    ],
)
def test_request_over_a_limit_is_too_large(body: bytes, message: str) -> None:
    with pytest.raises(TooLargeError) as caught:
        read(body)
    assert str(caught.value) == message


def test_binary_tensor_over_the_row_limit_is_too_large() -> None:
    head = body_of({**BINARY, "shape": [33, 3], "parameters": {"binary_data_size": 33 * 24}})
    with pytest.raises(TooLargeError, match="input 'close': expected at most 32 rows, got 33"):
        read(head + bytes(33 * 24), str(len(head)))


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", str(10**400)])
def test_numbers_that_are_not_finite_pass_the_parser(literal: str) -> None:
    body = body_of(close(data=[1, 2, 3, 777, 5, 6])).replace(b"777", literal.encode())
    assert not np.isfinite(read(body).inputs["close"]).all()


BINARY = {"name": "close", "datatype": "FP64", "shape": [1, 3], "parameters": {"binary_data_size": 24}}


@pytest.mark.parametrize(
    ("length", "extra", "message"),
    [
        ("x", b"", "header 'Inference-Header-Content-Length': expected a number of bytes, got 'x'"),
        ("-1", b"", "expected a number of bytes, got '-1'"),
        ("9" * 30, b"", "expected a number of bytes"),
        ("999999", b"", "expected at most the body's"),
        (None, b"short", "expected 24 bytes of binary data ('binary_data_size'), got 5"),
        (
            None,
            b"\0" * 25,
            "expected 24 bytes after the JSON part, the sum of 'binary_data_size' of all inputs, got 25",
        ),
        ("3", b"\0" * 24, "body: expected JSON"),
    ],
)
def test_binary_data_that_contradicts_its_header_is_refused(length: str | None, extra: bytes, message: str) -> None:
    head = body_of(BINARY)
    with pytest.raises(InvalidInputError) as caught:
        read(head + extra, length or str(len(head)))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\x02\0\0", "binary data ends within element 0"),
        (b"\x09\0\0\0AB", "binary data ends within element 0"),
        (b"\x01\0\0\0A", "expected 2 values for shape [2], got 1"),
        (b"\x01\0\0\0A" * 3, "expected 2 values for shape [2], got more than 2"),
        (b"\xff\xff\xff\xff", "binary data ends within element 0"),
    ],
)
def test_binary_strings_that_contradict_the_shape_are_refused(raw: bytes, message: str) -> None:
    head = body_of({"name": "symbol", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": len(raw)}})
    with pytest.raises(InvalidInputError) as caught:
        read(head + raw, str(len(head)))
    assert message in str(caught.value)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["name", "datatype", "shape", "data", "parameters"])
entries = st.dictionaries(keys, json_values | st.sampled_from(["close", "FP64", [1, 3], [1, 2, 3]]))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "inputs": json_values | st.lists(entries),
            "outputs": json_values,
            "id": json_values,
            "parameters": json_values,
        },
    )
)
def test_every_document_is_read_or_refused(document: dict[str, Any]) -> None:
    # Any other error would be answered as an internal error.
    with suppress(InvalidInputError, TooLargeError):
        assert read(json.dumps(document).encode()).inputs


@given(st.binary(max_size=200), st.none() | st.integers(-5, 300).map(str))
def test_random_bytes_are_refused(body: bytes, length: str | None) -> None:
    with pytest.raises(InvalidInputError):
        read(body, length)
