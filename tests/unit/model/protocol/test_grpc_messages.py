"""V2 over gRPC: typed and raw contents give the same arrays, and responses use the format of the request."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from model.contract.errors import InvalidInputError, TooLargeError
from model.protocol.grpc_messages import read_infer_request, read_message, write_message
from model.protocol.tensors import InferRequest, InferResponse, TensorSpec

SPECS = (TensorSpec("close", ("FP64", "FP32"), (-1, 3)), TensorSpec("symbol", ("BYTES",), (-1,)))
ROW_LIMIT = 8
_CLOSES = arrays(np.float64, st.tuples(st.integers(1, 4), st.just(3)), elements=st.floats(width=32))


def _message(closes: Any, datatype: str, *, raw: bool) -> Any:
    message = pb.ModelInferRequest(model_name="m", id="mine")
    tensor = message.inputs.add(name="close", datatype=datatype, shape=closes.shape)
    values = closes.astype({"FP64": "<f8", "FP32": "<f4"}[datatype])
    if raw:
        message.raw_input_contents.append(values.tobytes())
    else:
        getattr(tensor.contents, f"{datatype.lower()}_contents").extend(values.ravel())
    return message


@given(closes=_CLOSES, datatype=st.sampled_from(["FP64", "FP32"]), raw=st.booleans())
def test_numbers_are_read_bit_for_bit(closes: Any, datatype: str, raw: bool) -> None:
    request = read_message(_message(closes, datatype, raw=raw), SPECS, ROW_LIMIT)
    np.testing.assert_array_equal(request.inputs["close"], closes)
    assert request.inputs["close"].dtype == {"FP64": np.float64, "FP32": np.float32}[datatype]
    assert request.binary_output is raw
    assert request.id == "mine"


@given(symbols=st.lists(st.binary(max_size=9), min_size=1, max_size=5), raw=st.booleans())
def test_strings_are_read(symbols: list[bytes], raw: bool) -> None:
    message = pb.ModelInferRequest()
    tensor = message.inputs.add(name="symbol", datatype="BYTES", shape=[len(symbols)])
    if raw:
        message.raw_input_contents.append(b"".join(len(one).to_bytes(4, "little") + one for one in symbols))
    else:
        tensor.contents.bytes_contents.extend(symbols)
    assert read_message(message, SPECS, ROW_LIMIT).inputs["symbol"].tolist() == symbols


def test_parameters_and_outputs_are_read() -> None:
    message = _message(np.ones((1, 3)), "FP64", raw=True)
    message.parameters["a"].bool_param = False
    message.parameters["b"].int64_param = 7
    message.parameters["c"].string_param = "x"
    message.parameters["d"].SetInParent()  # without a value, so it is ignored
    message.outputs.add(name="naive")
    request = read_message(message, SPECS, ROW_LIMIT)
    assert request.parameters == {"a": False, "b": 7, "c": "x"}
    assert [output.name for output in request.outputs or ()] == ["naive"]
    assert read_message(_message(np.ones((1, 3)), "FP64", raw=True), SPECS, ROW_LIMIT).outputs is None


def test_message_without_id_gets_a_new_one() -> None:
    message = _message(np.ones((1, 3)), "FP64", raw=True)
    message.id = ""
    assert len(read_message(message, SPECS, ROW_LIMIT).id) == 32


@pytest.mark.parametrize("raw", [True, False])
def test_response_uses_the_format_of_the_request(*, raw: bool) -> None:
    outputs: dict[str, Any] = {
        "forecast": np.array([1.5, 2.5]),
        "stale": np.array([True, False]),
        "until": ["2024-12-30", "é"],
    }
    response = InferResponse("m", "v", "mine", outputs, {"levels": "0.5", "ok": True, "rows": 2})
    message = pb.ModelInferResponse.FromString(write_message(response, InferRequest({}, binary_output=raw)))
    assert [(one.name, one.datatype, list(one.shape)) for one in message.outputs] == [
        ("forecast", "FP64", [2]),
        ("stale", "BOOL", [2]),
        ("until", "BYTES", [2]),
    ]
    assert message.parameters["ok"].WhichOneof("parameter_choice") == "bool_param"
    assert message.parameters["rows"].int64_param == 2
    if raw:
        expected = [outputs["forecast"].tobytes(), b"\1\0", b"\x0a\0\0\x002024-12-30\2\0\0\0\xc3\xa9"]
        assert list(message.raw_output_contents) == expected
        assert not any(one.HasField("contents") for one in message.outputs)
    else:
        assert list(message.outputs[0].contents.fp64_contents) == [1.5, 2.5]
        assert list(message.outputs[1].contents.bool_contents) == [True, False]
        assert list(message.outputs[2].contents.bytes_contents) == [b"2024-12-30", "é".encode()]
        assert not message.raw_output_contents


def test_typed_and_raw_contents_together_are_refused() -> None:
    message = _message(np.ones((1, 3)), "FP64", raw=False)
    message.raw_input_contents.append(b"")
    with pytest.raises(InvalidInputError, match="expected 'contents' or 'raw_input_contents', got both"):
        read_message(message, SPECS, ROW_LIMIT)


def test_encoded_message_is_read_with_model_and_version() -> None:
    message = _message(np.ones((1, 3)), "FP64", raw=True)
    message.model_version = "v"
    request, name, version = read_infer_request(message.SerializeToString(), SPECS, ROW_LIMIT)
    assert (request.inputs["close"].shape, name, version) == ((1, 3), "m", "v")
    assert read_infer_request(_message(np.ones((1, 3)), "FP64", raw=True).SerializeToString(), SPECS, 1)[2] is None


@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x7f", b"closes=1,2"])
def test_bytes_that_are_not_a_message_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInputError, match="message: expected a ModelInferRequest, got invalid bytes"):
        read_infer_request(raw, SPECS, ROW_LIMIT)


@pytest.mark.parametrize("raw", [True, False])
def test_rows_over_the_limit_are_too_large(*, raw: bool) -> None:
    message = _message(np.ones((9, 3)), "FP64", raw=raw)
    with pytest.raises(TooLargeError, match="input 'close': expected at most 8 rows, got 9"):
        read_message(message, SPECS, ROW_LIMIT)


@pytest.mark.parametrize("field", ["inputs", "outputs", "parameters", "raw_input_contents"])
def test_many_entries_are_too_large(field: str) -> None:
    message = _message(np.ones((1, 3)), "FP64", raw=False)
    for number in range(65):
        if field == "parameters":
            message.parameters[str(number)].bool_param = True
        elif field == "raw_input_contents":
            message.raw_input_contents.append(b"")
        else:
            getattr(message, field).add(name="close")
    with pytest.raises(TooLargeError, match=f"field '{field}': expected at most 64 entries, got 6[56]"):
        read_message(message, SPECS, ROW_LIMIT)
