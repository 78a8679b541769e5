"""Client side of V2: the server side reads its requests, and invalid responses are refused."""

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.contract.errors import InvalidInputError
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH, read_request
from model.protocol.tensors import TensorSpec

SPECS = (TensorSpec("features", ("FP32",), (-1, 2, 3)),)


@given(features=arrays(np.float32, st.tuples(st.integers(1, 3), st.just(2), st.just(3))))
def test_request_is_read_as_written(features: Any) -> None:
    body, headers = write_request({"features": features}, {"allow_jumps": True})
    request = read_request(body, headers[HEADER_LENGTH], SPECS, row_limit=3)
    np.testing.assert_array_equal(request.inputs["features"], features)
    assert request.parameters == {"allow_jumps": True}
    assert request.binary_output


def test_strings_are_sent_in_the_json_part() -> None:
    body, headers = write_request({"symbol": ["PETR4.SA", "^GSPC"]})
    assert headers[HEADER_LENGTH] == str(len(body))
    request = read_request(body, headers[HEADER_LENGTH], [TensorSpec("symbol", ("BYTES",), (-1,))], row_limit=2)
    assert request.inputs["symbol"].tolist() == [b"PETR4.SA", b"^GSPC"]


def test_json_response_is_read() -> None:
    outputs = [
        {"name": "stale", "datatype": "BOOL", "shape": [2], "data": [True, False]},
        {"name": "until", "datatype": "BYTES", "shape": [1], "data": ["2024-12-30"]},
        {"name": "quantiles", "datatype": "FP64", "shape": [1, 2], "data": [1.5, 2.5]},
    ]
    document, arrays_ = read_response(orjson.dumps({"model_version": "v", "outputs": outputs}), None)
    assert document["model_version"] == "v"
    assert arrays_["stale"].dtype == np.bool_
    assert arrays_["until"].tolist() == ["2024-12-30"]
    assert arrays_["quantiles"].tolist() == [[1.5, 2.5]]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"outputs": 1},
        {"outputs": [1]},
        {"outputs": [{"name": "x", "datatype": "FP64", "shape": [2], "data": [1]}]},
        {"outputs": [{"name": "x", "datatype": "FP64", "shape": 1, "data": [1]}]},
        {"outputs": [{"name": "x", "datatype": "FP64", "shape": [1], "parameters": {"binary_data_size": 8}}]},
        {"outputs": [{"name": "x", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 8}}]},
    ],
)
def test_invalid_response_is_refused(document: Any) -> None:
    with pytest.raises(InvalidInputError):
        read_response(orjson.dumps(document), None)
