"""The direct route answers as the framework's does, byte for byte, headers too."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.serving import bad_requests
from tests.serving.asking import HEADER, INFER, binary_request, close_input, window_request
from tests.serving.routes import LIMIT, Routes
from tests.serving.test_any_document import _DOCUMENT, _SETTINGS

f8 = NDArray[np.float64]


def _paths(version: str) -> list[str]:
    other = "20200101T000000Z-00000000"
    return [INFER, f"/v2/models/nextclose/versions/{version}/infer", f"/v2/models/nextclose/versions/{other}/infer"]


@settings(_SETTINGS, max_examples=700)
@given(document=_DOCUMENT, path=st.integers(0, 2))
def test_any_document(routes: Routes, document: Any, path: int) -> None:
    routes.same(_paths(routes.version)[path], json.dumps(document).encode())


@settings(_SETTINGS, max_examples=200)
@given(document=_DOCUMENT, tail=st.binary(max_size=500), offset=st.integers(-3, 3))
def test_any_binary(routes: Routes, document: Any, tail: bytes, offset: int) -> None:
    head = json.dumps(document).encode()
    routes.same(INFER, head + tail, {HEADER: str(len(head) + offset)})


def test_what_is_known_to_be_wrong(routes: Routes) -> None:
    assert len(bad_requests.ALL) > 50
    for bad in bad_requests.ALL:
        assert routes.same(INFER, bad.body).status_code == bad.status


@pytest.mark.parametrize("rows", [1, 2, 7, 64])
def test_right_ones(routes: Routes, windows: f8, rows: int) -> None:
    for start in range(0, len(windows) - rows, 17):
        closes = windows[start : start + rows]
        for document in (
            window_request(closes),
            window_request(closes, id="mine", outputs=[{"name": "forecast", "parameters": {"binary_data": True}}]),
            {"inputs": [close_input(closes.astype(np.float32), "FP32")], "parameters": {"binary_data_output": True}},
        ):
            assert routes.same(INFER, json.dumps(document).encode(), {"x-request-id": "abc"}).status_code == 200
        body, headers = binary_request(closes)
        assert routes.same(INFER, body, headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (INFER, "GET", 405),
        (INFER, "PUT", 405),
        (INFER + "/", "POST", 404),
        ("/v2/models/another/infer", "POST", 404),
        ("/v2/models/a%2Fb/infer", "POST", 404),
        ("/v2/models//infer", "POST", 404),
        ("/v2/models/nextclose/versions//infer", "POST", 404),
        ("/v2/models/nextclose/infer?x=1", "POST", 200),
    ],
)
def test_paths(routes: Routes, windows: f8, path: str, method: str, status: int) -> None:
    body = json.dumps(window_request(windows[:1])).encode()
    assert routes.same(path, body, method=method).status_code == status


def test_bodies_over_the_limit(routes: Routes, windows: f8) -> None:
    large = json.dumps(window_request(windows[:200])).encode()
    assert len(large) < LIMIT < len(large) * 4
    assert routes.same(INFER, large).status_code == 200
    assert routes.same(INFER, large * 4).status_code == 413
