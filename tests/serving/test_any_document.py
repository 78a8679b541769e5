"""Random JSON documents and bytes cause neither internal errors nor incomplete responses."""

import json
from typing import Any

import httpx
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.v2_requests import HEADER, INFER

_SETTINGS = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.sampled_from(["close", "symbol", "FP64", "FP32", "BYTES", "forecast", "PETR4.SA", "^GSPC", 60, 1, 1e308]),
)
_ANY = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
_CLOSES = st.lists(st.floats(20, 40), min_size=60, max_size=60)
_TENSOR = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["close", "symbol"]) | _SCALARS,
        "datatype": st.sampled_from(["FP64", "FP32", "BYTES"]) | _SCALARS,
        "shape": st.sampled_from([[1, 60], [2, 60], [1], [2]]) | _ANY,
        "data": _CLOSES | st.lists(st.floats(), min_size=60, max_size=60) | st.lists(_SCALARS, max_size=3) | _ANY,
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": _SCALARS}) | _ANY,
    },
)
_DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "id": _SCALARS,
        "inputs": st.lists(_TENSOR, max_size=2) | _ANY,
        "outputs": st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["forecast", "naive"]) | _SCALARS}, optional={"parameters": _ANY}
            ),
            max_size=3,
        )
        | _ANY,
        "parameters": st.fixed_dictionaries({}, optional={"allow_jumps": _SCALARS, "binary_data_output": _SCALARS})
        | _ANY,
    },
)


def _check(answer: httpx.Response) -> None:
    assert answer.status_code in {200, 400, 404}, answer.text
    size = int(answer.headers.get(HEADER, len(answer.content)))
    document = orjson.loads(answer.content[:size])
    if answer.status_code != 200:
        assert list(document) == ["error"]
        assert "\n" not in document["error"]
        return
    outputs: list[dict[str, Any]] = document["outputs"]
    assert all(value is not None for output in outputs for value in output.get("data", []))


@_SETTINGS
@given(document=_DOCUMENT | _ANY)
def test_any_v2_document_is_answered_or_refused(http: httpx.Client, document: Any) -> None:
    _check(http.post(INFER, content=json.dumps(document).encode()))


@settings(_SETTINGS, max_examples=100)
@given(instances=st.lists(_CLOSES | _ANY, max_size=2) | _ANY, parameters=_ANY)
def test_any_v1_document_is_answered_or_refused(http: httpx.Client, instances: Any, parameters: Any) -> None:
    body = json.dumps({"instances": instances, "parameters": parameters})
    answer = http.post("/v1/models/nextclose:predict", content=body.encode())
    assert answer.status_code in {200, 400}, answer.text
    assert b"null" not in answer.content or answer.status_code == 400


@settings(_SETTINGS, max_examples=150)
@given(document=_DOCUMENT, tail=st.binary(max_size=500), offset=st.integers(-3, 3))
def test_any_binary_data_is_answered_or_refused(http: httpx.Client, document: Any, tail: bytes, offset: int) -> None:
    head = json.dumps(document).encode()
    _check(http.post(INFER, content=head + tail, headers={HEADER: str(len(head) + offset)}))


@settings(_SETTINGS, max_examples=100)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_answered_or_refused(http: httpx.Client, content: bytes) -> None:
    _check(http.post(INFER, content=content))
