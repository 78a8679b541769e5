"""Invalid requests over gRPC: the status is equivalent to that of HTTP, and the message is the same."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from model.contract.names import ALLOW_JUMPS
from tests.serving.bad_requests import windows
from tests.serving.processes import Pair
from tests.serving.v2_requests import INFER

INFER_METHOD = "/inference.GRPCInferenceService/ModelInfer"
HTTP_OF = {
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 413,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
REASONS = {"INVALID_ARGUMENT": "invalid_input", "RESOURCE_EXHAUSTED": "too_large"}


@pytest.fixture(scope="module")
def channel(pair: Pair) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(pair.grpc, options=[("grpc.max_send_message_length", -1)]) as opened:
        yield opened


def _request(**fields: Any) -> Any:
    return pb.ModelInferRequest(model_name="nextclose", **fields)


def _closes(data: Any, shape: Any = (2, 60), datatype: str = "FP64", name: str = "close", **fields: Any) -> Any:
    request = _request(**fields)
    tensor = request.inputs.add(name=name, datatype=datatype, shape=shape)
    getattr(tensor.contents, f"{datatype.lower()}_contents").extend(np.ravel(data))
    return request


def _raw(raw: bytes, shape: Any = (2, 60), datatype: str = "FP64", name: str = "close") -> Any:
    request = _request()
    request.inputs.add(name=name, datatype=datatype, shape=shape)
    request.raw_input_contents.append(raw)
    return request


def _symbols(*symbols: bytes) -> Any:
    request = _request()
    request.inputs.add(name="symbol", datatype="BYTES", shape=[len(symbols)]).contents.bytes_contents.extend(symbols)
    return request


def _changed(value: float) -> Any:
    closes = windows()
    closes[1, 7] = value
    return closes


def _cases() -> Iterator[tuple[Any, str, str]]:
    good = windows()
    location = "input 'close', row 1, column 7: expected "
    invalid, missing = "INVALID_ARGUMENT", "NOT_FOUND"
    yield _request(), invalid, "field 'inputs': expected 'close' or 'symbol', got none"
    yield _closes(good, name="price"), invalid, "element 0: expected the name 'close' or 'symbol', got 'price'"
    yield _closes(good[:1]), invalid, "expected 120 values for shape [2, 60], got 60 in 'fp64_contents'"
    yield _closes(good, shape=(120,)), invalid, "input 'close': expected shape [n, 60], got [120]"
    yield _closes(good, shape=(-2, 60)), invalid, "input 'close': expected shape [n, 60], got [-2, 60]"
    yield _closes([], shape=(0, 60)), invalid, "expected at least one row, got shape [0, 60]"
    yield _closes(good, shape=(2**62, 60)), invalid, "expected dimensions below 2^31"
    both = _closes(good)
    both.inputs.add(name="symbol", datatype="BYTES", shape=[1]).contents.bytes_contents.append(b"A")
    yield both, invalid, "expected one of 'close' and 'symbol', got both"
    twice = _closes(good)
    twice.inputs.append(twice.inputs[0])
    yield twice, invalid, "input 'close': given twice"
    for value in (np.nan, np.inf, -np.inf):
        yield _closes(_changed(value)), invalid, f"{location}a finite price, got {value}"
    for value in (0.0, -1.0):
        yield _closes(_changed(value)), invalid, f"{location}a price above zero, got {value:g}"
    yield _closes(_changed(1e308)), invalid, f"{location}a change by at most a factor of 3"
    wrong = _request()
    wrong.inputs.add(name="close", datatype="INT64", shape=[2, 60]).contents.int64_contents.extend([1] * 120)
    yield wrong, invalid, "input 'close': expected datatype FP64 or FP32, got the string 'INT64'"
    other = _request()
    other.inputs.add(name="close", datatype="FP64", shape=[2, 60]).contents.fp32_contents.extend([1.0] * 120)
    yield other, invalid, "expected 120 values for shape [2, 60], got 0 in 'fp64_contents'"
    yield _raw(good.tobytes()[:-1]), invalid, "expected 960 bytes of binary data for FP64 of shape [2, 60], got 959"
    surplus = _raw(good.tobytes())
    surplus.raw_input_contents.append(b"")
    yield surplus, invalid, "'raw_input_contents': expected one for each of 1 inputs, got 2"
    mixed = _closes(good)
    mixed.raw_input_contents.append(good.tobytes())
    yield mixed, invalid, "expected 'contents' or 'raw_input_contents', got both"
    yield _raw(struct.pack("<I", 9) + b"A", [1], "BYTES", "symbol"), invalid, "binary data ends within element 0"
    yield _symbols(b"\xff"), invalid, "input 'symbol', row 0: expected UTF-8"
    yield _symbols(b""), invalid, "input 'symbol', row 0: expected a symbol, got an empty string"
    yield _symbols(b"NONE3.SA"), missing, "input 'symbol', row 0: 'NONE3.SA' is not in the price store"
    yield _symbols(*[b"A"] * 65_537), "RESOURCE_EXHAUSTED", "expected at most 65536 rows, got 65537"
    unknown = _closes(good)
    unknown.outputs.add(name="price")
    yield unknown, invalid, "field 'outputs': expected some of forecast, quantiles, naive, got 'price'"
    for parameter in (pb.InferParameter(string_param="true"), pb.InferParameter(int64_param=1)):
        yield _closes(good, parameters={ALLOW_JUMPS: parameter}), invalid, "parameter 'allow_jumps': expected true or"


@pytest.mark.parametrize(("request_", "code", "message"), list(_cases()))
def test_invalid_request_is_refused_with_status_and_message(
    channel: grpc.Channel, request_: Any, code: str, message: str
) -> None:
    metadata = (("x-request-id", "kept-1"),)
    with pytest.raises(grpc.RpcError) as caught:
        GRPCInferenceServiceStub(channel).ModelInfer(request_, metadata=metadata)
    assert caught.value.code().name == code
    assert message in caught.value.details()
    assert "\n" not in caught.value.details()
    trailing = dict(caught.value.trailing_metadata())
    assert trailing["x-request-id"] == "kept-1"
    assert trailing["error-reason"] == REASONS.get(code, "unknown_symbol")


def test_jumps_are_valid_if_allowed(channel: grpc.Channel) -> None:
    request = _closes(_changed(1000.0), parameters={ALLOW_JUMPS: pb.InferParameter(bool_param=True)})
    response = GRPCInferenceServiceStub(channel).ModelInfer(request)
    assert np.isfinite(response.outputs[1].contents.fp64_contents).all()


def test_message_over_the_limit_is_refused(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        GRPCInferenceServiceStub(channel).ModelInfer(_raw(b" " * (17 * 2**20)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def _send_bytes(channel: grpc.Channel, method: str, content: bytes) -> grpc.StatusCode:
    call = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
    try:
        call(content, timeout=60)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x7f", b"closes=1,2"])
def test_bytes_that_are_not_a_message_are_refused(channel: grpc.Channel, content: bytes) -> None:
    assert _send_bytes(channel, INFER_METHOD, content) is grpc.StatusCode.INVALID_ARGUMENT


def test_unknown_method_is_unimplemented(channel: grpc.Channel) -> None:
    method = "/inference.GRPCInferenceService/Nothing"
    assert _send_bytes(channel, method, b"") is grpc.StatusCode.UNIMPLEMENTED


def test_deadline_of_the_client_is_respected(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        GRPCInferenceServiceStub(channel).ModelInfer(_closes(windows()), timeout=1e-6)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


_NUMBERS = st.one_of(
    st.floats(20, 40),
    st.sampled_from([0.0, -1.0, 5e-324, 1e308, 200.0, float("nan"), float("inf")]),
)
_REQUESTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["close", "close", "close", "price", "symbol"]),
        "datatype": st.sampled_from(["FP64", "FP64", "FP32", "INT64", ""]),
        "shape": st.one_of(st.just([1, 60]), st.lists(st.integers(-1, 61), max_size=3)),
        "data": st.one_of(
            st.lists(st.floats(20, 40), min_size=60, max_size=60), st.lists(_NUMBERS, min_size=58, max_size=61)
        ),
        "outputs": st.one_of(st.just([]), st.lists(st.sampled_from(["forecast", "naive", "stale", "x"]), max_size=3)),
        "allow_jumps": st.sampled_from([None, True, False, 1, "true"]),
    }
)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=_REQUESTS)
def test_status_over_http_and_grpc_is_equivalent(
    channel: grpc.Channel, http: httpx.Client, sent: dict[str, Any]
) -> None:
    tensor = {name: sent[name] for name in ("name", "datatype", "shape", "data")}
    document: dict[str, Any] = {"inputs": [tensor], "outputs": [{"name": name} for name in sent["outputs"]]}
    request = _request()
    entry = request.inputs.add(name=sent["name"], datatype=sent["datatype"], shape=sent["shape"])
    contents = {"FP32": entry.contents.fp32_contents}.get(sent["datatype"], entry.contents.fp64_contents)
    with np.errstate(over="ignore"):
        data = np.float32(sent["data"]) if sent["datatype"] == "FP32" else np.float64(sent["data"])
    contents.extend(data)
    for name in sent["outputs"]:
        request.outputs.add(name=name)
    allow = sent["allow_jumps"]
    if allow is not None:
        document["parameters"] = {ALLOW_JUMPS: allow}
        kind = {bool: "bool_param", int: "int64_param", str: "string_param"}[type(allow)]
        request.parameters[ALLOW_JUMPS].CopyFrom(pb.InferParameter(**{kind: allow}))
    answer = http.post(INFER, content=json.dumps(document).encode())
    code = _send_bytes(channel, INFER_METHOD, request.SerializeToString())
    assert answer.status_code == HTTP_OF[code], answer.text
    assert answer.status_code in {200, 400, 404}


def test_any_trace_header_is_accepted(pair: Pair) -> None:
    request = pb.ModelInferRequest(model_name="nextclose")
    request.inputs.add(name="close", datatype="FP64", shape=[1, 60])
    request.raw_input_contents.append(windows()[:1].tobytes())
    with grpc.insecure_channel(pair.grpc) as channel:
        for value in ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a~b", ""):
            GRPCInferenceServiceStub(channel).ModelInfer(request, metadata=[("traceparent", value)])
