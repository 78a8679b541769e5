"""Invalid requests over HTTP: status and a message in one line, never an internal error."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from model.contract.arrays import f8
from tests.serving.bad_requests import ALL, Bad, windows, with_value
from tests.serving.refusals import check_refusal
from tests.serving.v2_requests import HEADER, INFER, ask, binary_request, outputs_of, symbol_input, window_request

LIMIT = 16 * 2**20


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.name)
def test_invalid_json_request_is_refused(http: httpx.Client, bad: Bad) -> None:
    answer = http.post(INFER, content=bad.body, headers={"x-request-id": "kept-1"})
    check_refusal(answer, bad.status, bad.message)


def _binary(closes: f8, change: dict[str, Any], raw: bytes | None = None) -> tuple[bytes, dict[str, str]]:
    data = closes.astype("<f8").tobytes() if raw is None else raw
    entry: dict[str, Any] = {"name": "close", "datatype": "FP64", "shape": list(closes.shape)}
    entry["parameters"] = {"binary_data_size": len(data)}
    head = json.dumps({"inputs": [entry | change]}).encode()
    return head + data, {HEADER: str(len(head))}


def _binary_cases() -> Iterator[tuple[str, bytes, dict[str, str], str]]:
    wrong: Any
    closes = windows()
    body, headers = binary_request(closes)
    size = int(headers[HEADER])
    yield "cut", body[:-1], headers, "expected 960 bytes of binary data ('binary_data_size'), got 959"
    yield "no binary data", body[:size], headers, "expected 960 bytes of binary data ('binary_data_size'), got 0"
    yield "too much", body + b"\0", headers, "expected 960 bytes after the JSON part, the sum of"
    yield "header too short", body, {HEADER: str(size - 1)}, "body: expected JSON"
    yield "header too long", body, {HEADER: str(size + 1)}, "body: expected JSON"
    yield "header zero", body, {HEADER: "0"}, "body: expected JSON"
    for wrong in ("-1", "x", "1e3", "", "9" * 30, "0x10", "١٢"):
        shown = {HEADER: wrong}
        yield f"header {wrong!r}", body, shown, "header 'Inference-Header-Content-Length': expected a number of bytes"
    beyond = {HEADER: str(len(body) + 1)}
    yield "header beyond the body", body, beyond, f"expected at most the body's {len(body)} bytes, got {len(body) + 1}"
    yield "no header", body, {}, "body: expected JSON"
    for wrong in (-1, 1.5, True, "960", [960], 2**70):
        change = {"parameters": {"binary_data_size": wrong}}
        message = "'binary_data_size'"
        yield f"size {wrong!r}", *_binary(closes, change), message
    yield "shape over data", *_binary(closes, {"shape": [3, 60]}), "expected 1440 bytes of binary data for FP64 of"
    yield "half of a datatype", *_binary(closes, {"datatype": "FP32"}), "expected 480 bytes of binary data for FP32"
    yield "datatype", *_binary(closes, {"datatype": "INT64"}), "expected datatype FP64 or FP32"
    for wrong, message in ((np.nan, "finite price"), (np.inf, "finite price"), (0.0, "price a"), (-0.0, "price a")):
        changed = closes.copy()
        changed[1, 7] = wrong
        yield f"a close {wrong}", *_binary(changed, {}), f"input 'close', row 1, column 7: expected a {message}"
    strings = {"name": "symbol", "datatype": "BYTES", "shape": [2]}
    good = struct.pack("<I", 1) + b"A"
    yield "strings cut", *_binary(closes, strings, good + b"\x05\0\0\0B"), "binary data ends within element 1"
    yield "length cut", *_binary(closes, strings, good + b"\x05\0"), "binary data ends within element 1"
    yield "a huge length", *_binary(closes, strings, good + b"\xff\xff\xff\xff"), "binary data ends within element 1"
    yield "one string", *_binary(closes, strings, good), "expected 2 values for shape [2], got 1 in binary data"
    yield "three strings", *_binary(closes, strings, good * 3), "expected 2 values for shape [2], got more than 2"
    yield "not UTF-8", *_binary(closes, strings, good[:4] + b"\xff" + good), "row 0: expected UTF-8"


@pytest.mark.parametrize(("body", "headers", "message"), [
    pytest.param(body, headers, message, id=name) for name, body, headers, message in _binary_cases()
])  # fmt: skip
def test_invalid_binary_request_is_refused(
    http: httpx.Client, body: bytes, headers: dict[str, str], message: str
) -> None:
    sent = [(name.encode(), value.encode()) for name, value in {**headers, "x-request-id": "kept-1"}.items()]
    answer = http.post(INFER, content=body, headers=sent)
    check_refusal(answer, 400, message)


def test_jumps_are_valid_if_allowed(http: httpx.Client, windows: f8) -> None:
    body = json.loads(with_value(1000.0))
    body["parameters"] = {"allow_jumps": True}
    found = outputs_of(http.post(INFER, json=body))
    assert np.isfinite(found["quantiles"]).all()
    refused = http.post(INFER, json=body | {"parameters": {"allow_jumps": False}})
    check_refusal(refused, 400, "set the request parameter 'allow_jumps' to true", None)


@pytest.mark.parametrize("level", [1e-300, 1e300, 1e-3, 2.0**62])
def test_extreme_price_levels_are_answered(http: httpx.Client, level: float) -> None:
    found = ask(http, windows() / 30 * level)
    assert ((found["quantiles"] > 0) & np.isfinite(found["quantiles"])).all()


def test_smallest_closes_are_answered_or_refused(http: httpx.Client) -> None:
    answer = http.post(INFER, json=window_request(np.full((1, 60), 5e-324)))
    if answer.status_code != 200:
        check_refusal(answer, 400, "input 'close', row 0: ", None)
    else:
        assert (outputs_of(answer)["quantiles"] > 0).all()


@pytest.mark.parametrize("kind", ["content-length", "chunked"])
def test_body_over_the_limit_is_refused(http: httpx.Client, kind: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 2**20

    content = b" " * (17 * 2**20) if kind == "content-length" else chunks()
    answer = http.post(INFER, content=content, headers={"x-request-id": "kept-1"})
    check_refusal(answer, 413, f"body: expected at most {LIMIT} bytes, got ")
    assert http.get("/v2/health/live").status_code == 200


def test_rows_over_the_limit_are_refused(http: httpx.Client) -> None:
    answer = http.post(INFER, json={"inputs": [symbol_input(*["A"] * 65_537)]}, headers={"x-request-id": "kept-1"})
    check_refusal(answer, 413, "input 'symbol': expected at most 65536 rows, got 65537")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", INFER, 405),
        ("PUT", INFER, 405),
        ("DELETE", "/symbols", 405),
        ("GET", "/v2/models/nextclose/nothing", 404),
        ("GET", "/v2/models/nextclose/", 404),
        ("GET", "/nothing%0Ahere", 404),
        ("GET", "/" + "long" * 2000, 404),
        ("GET", "/docs/assets/../../../etc/passwd", 404),
        ("GET", "/docs/assets/nothing.js", 404),
        ("POST", "/v2/health/live", 405),
    ],
)
def test_wrong_path_or_method_is_refused(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path, headers={"x-request-id": "kept-1"})
    check_refusal(answer, status, method)
    assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("path", ["/v2/health/live", "/nothing", INFER])
def test_answer_to_head_has_no_body(http: httpx.Client, path: str) -> None:
    answer = http.head(path)
    assert answer.status_code < 500
    assert answer.content == b""
    assert http.get("/v2/health/live").status_code == 200


@pytest.mark.parametrize("host", ["[", "a b", "", "x" * 3000])
def test_invalid_host_header_is_not_an_internal_error(http: httpx.Client, host: str) -> None:
    assert http.get("/nothing", headers={"host": host}).status_code in {400, 404}


@pytest.mark.parametrize("identifier", ["two\twords", "x" * 129, "ação", ""])
def test_request_id_that_is_invalid_in_a_header_is_replaced(http: httpx.Client, identifier: str) -> None:
    answer = http.post(INFER, content=b"{}", headers=[(b"x-request-id", identifier.encode())])
    check_refusal(answer, 400, "field 'inputs'", None)
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("identifier", ["two\nlines", "x" * 100_000, "ação", "\x00"])
def test_any_text_is_valid_as_id_in_a_document(http: httpx.Client, identifier: str) -> None:
    answer = http.post(INFER, json=window_request(windows(), id=identifier))
    assert answer.json()["id"] == identifier
    assert len(answer.headers["x-request-id"]) == 32


def _v1_cases() -> Iterator[tuple[Any, str]]:
    data = windows().tolist()
    yield {}, "field 'instances': expected a list of windows, got nothing"
    yield {"instances": []}, "field 'instances': expected a list of windows, got an empty list"
    yield {"instances": data[0]}, "field 'instances', row 0: expected a list of 60 closes"
    yield {"instances": [data[0], data[1][1:]]}, "row 1: expected 60 values, got 59"
    yield {"instances": [data[0], [None] * 60]}, "row 1, column 0: expected a number, got null"
    yield {"instances": [[0.0] * 60]}, "row 0, column 0: expected a price above zero, got 0"
    yield {"instances": data, "parameters": [1]}, "field 'parameters': expected an object"
    yield {"instances": data, "parameters": {"allow_jumps": 1}}, "parameter 'allow_jumps': expected true or false"
    yield [], "body: expected a JSON object"


@pytest.mark.parametrize(("document", "message"), list(_v1_cases()))
def test_invalid_v1_request_is_refused(http: httpx.Client, document: Any, message: str) -> None:
    answer = http.post("/v1/models/nextclose:predict", json=document, headers={"x-request-id": "kept-1"})
    check_refusal(answer, 400, message)
