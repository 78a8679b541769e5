"""Conformance of both servers to HTTP/1.1."""

import socket

import pytest

from tests.serving.processes import Pair, RunningServer
from tests.serving.raw_http import HOST, connect, exchange, get, post, responses, responses_until_closed
from tests.serving.refusals import check_refusal
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, symbol_input

CLOSE = b"Connection: close\r\n"
POST = f"POST {INFER} HTTP/1.1\r\n".encode()


@pytest.fixture(params=["transformer", "predictor"])
def role(request: pytest.FixtureRequest, pair: Pair) -> RunningServer:
    found: RunningServer = getattr(pair, request.param)
    return found


@pytest.fixture
def document(version: Trained) -> dict[str, object]:
    return {"inputs": [symbol_input(version.series.symbol)]}


def test_missing_host_returns_400(role: RunningServer) -> None:
    (answer,) = exchange(role.url, b"GET /v2 HTTP/1.1\r\n" + CLOSE + b"\r\n")
    check_refusal(answer, 400, "ost", None)


def test_two_hosts_return_400(role: RunningServer) -> None:
    (answer,) = exchange(role.url, get("/v2", HOST + CLOSE))
    check_refusal(answer, 400, "ost", None)


@pytest.mark.parametrize("host", ["a b", "a/b", "me@a", "ação", '"a"'])
def test_invalid_host_returns_400(role: RunningServer, host: str) -> None:
    (answer,) = exchange(role.url, f"GET /v2 HTTP/1.1\r\nHost: {host}\r\n".encode() + CLOSE + b"\r\n")
    check_refusal(answer, 400, "header 'Host': expected a host name or address with an optional port, got ", None)


@pytest.mark.parametrize("path", [INFER.replace("/infer", "%2finfer"), INFER.replace("/infer", "%2Finfer"), "%2fv2"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_encoded_slash_returns_404(role: RunningServer, method: str, path: str) -> None:
    head = f"{method} /{path.removeprefix('/')} HTTP/1.1\r\n".encode() + HOST + CLOSE
    (answer,) = exchange(role.url, head + b"Content-Length: 2\r\n\r\n{}")
    check_refusal(answer, 404, f"Not Found: {method} ", None)


def test_escaped_letters_in_a_path_are_decoded(role: RunningServer) -> None:
    (answer,) = exchange(role.url, get("/v2/models/next%63lose", CLOSE))
    assert answer.json()["name"] == "nextclose"


@pytest.mark.parametrize("head", [b"GET /v2 HTTP/1.0\r\n\r\n", b"GET /v2 HTTP/1.0\r\nHost: a\r\n\r\n"])
def test_http_1_0_is_answered_and_closes_the_connection(role: RunningServer, head: bytes) -> None:
    (answer,) = exchange(role.url, head)
    assert answer.json()["name"] == "nextclose"


def test_http_1_0_connection_is_kept_on_request(role: RunningServer) -> None:
    sent = b"GET /v2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    with connect(role.url) as connection:
        for _ in range(2):
            connection.sendall(sent)
            (answer,) = responses(connection, 1)
            assert answer.headers["connection"] == "keep-alive"


def test_http_1_0_post_is_answered(pair: Pair, document: object) -> None:
    (answer,) = exchange(pair.url, post(document).replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert answer.json()["model_name"] == "nextclose"


def test_connection_close_is_repeated_and_closes_the_connection(role: RunningServer) -> None:
    (answer,) = exchange(role.url, get("/v2", CLOSE))
    assert answer.headers["connection"] == "close"


def test_absolute_form_is_answered(role: RunningServer) -> None:
    (answer,) = exchange(role.url, get("http://example/v2", CLOSE))
    assert answer.json()["name"] == "nextclose"


def test_empty_lines_before_a_request_are_ignored(role: RunningServer) -> None:
    (answer,) = exchange(role.url, b"\r\n\r\n" + get("/v2", CLOSE))
    assert answer.status_code == 200


def test_half_closed_client_is_answered(pair: Pair, document: object) -> None:
    for sent in (get("/v2"), post(document), post(document, chunked=True), post(document) + get("/v2")):
        with connect(pair.url) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answers = responses_until_closed(connection)
        assert [answer.status_code for answer in answers] == [200] * sent.count(b" HTTP/1.1\r\n")


def test_head_request_has_the_length_of_its_get(role: RunningServer) -> None:
    with connect(role.url) as connection:
        connection.sendall(get("/v2").replace(b"GET", b"HEAD") + get("/v2", CLOSE))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ") or b"Content-Length: " in head
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")


def test_unknown_expectation_returns_417(role: RunningServer) -> None:
    (answer,) = exchange(role.url, POST + HOST + CLOSE + b"Expect: other\r\nContent-Length: 2\r\n\r\n{}")
    check_refusal(answer, 417, "header 'Expect': expected 100-continue, got 'other'", None)


def test_compressed_body_returns_400(role: RunningServer) -> None:
    (answer,) = exchange(role.url, post(b"x" * 20, CLOSE + b"Content-Encoding: gzip\r\n"))
    check_refusal(answer, 400, "header 'Content-Encoding': expected identity (no compression), got 'gzip'", None)


MALFORMED = {
    "version 0.9 of HTTP": b"GET /\r\n" + HOST + b"\r\n",
    "version 2.0 of HTTP": b"GET /v2 HTTP/2.0\r\n" + HOST + b"\r\n",
    "garbage": b"\x00\x01garbage\r\n\r\n",
    "TLS": bytes.fromhex("16030100") + b"\xff" * 200,
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "empty method": b" /v2 HTTP/1.1\r\n" + HOST + b"\r\n",
    "content-length not a number": POST + HOST + b"Content-Length: 5x\r\n\r\nhello",
    "negative content-length": POST + HOST + b"Content-Length: -5\r\n\r\nhello",
    "two content-lengths": POST + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "content-length and chunks": (
        POST + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    ),
    "bad chunks": POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n",
    "unknown transfer encoding": POST + HOST + b"Transfer-Encoding: gzip\r\n\r\nhello",
    "space before the colon": POST + HOST + b"Content-Length : 5\r\n\r\nhello",
    "NUL in a header": get("/v2", b"x: a\x00b\r\n"),
    "folded header": get("/v2", b"x: a\r\n b\r\n"),
    "long header": get("/v2", b"x: " + b"y" * 40_000 + b"\r\n"),
    "many headers": get("/v2", b"x: y\r\n" * 500),
    "long path": get("/" + "x" * 40_000),
    "line feeds only": b"GET /v2 HTTP/1.1\nHost: a\n\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_malformed_request_returns_400_and_closes_the_connection(role: RunningServer, sent: bytes) -> None:
    (answer,) = exchange(role.url, sent)
    check_refusal(answer, 400, "", None)
    assert answer.headers["error-reason"] == "invalid_input"


UNUSUAL = {
    "escape that is not UTF-8": get("/%ff%fe", CLOSE),
    "path that is not ASCII": b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "path with a fragment": get("/v2#x", CLOSE),
    "broken escape in a query": get("/v2?a=%zz", CLOSE),
    "two slashes": get("//v2", CLOSE),
    "dots": get("/v2/../v2", CLOSE),
    "request id that is not ASCII": get("/nothing", b"x-request-id: \xff\xfe\r\n" + CLOSE),
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "TRACE": b"TRACE /v2 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "static file above the folder": get("/docs/assets/../../serve.py", CLOSE),
    "static file above the folder, escaped": get("/docs/assets/%2e%2e/serve.py", CLOSE),
    "static folder": get("/docs/assets/", CLOSE),
}


@pytest.mark.parametrize("sent", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_request_is_not_an_internal_error(role: RunningServer, sent: bytes) -> None:
    (answer,) = exchange(role.url, sent)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]


def test_invalid_requests_leave_no_traceback_in_the_log(role: RunningServer) -> None:
    for sent in (*MALFORMED.values(), *UNUSUAL.values()):
        exchange(role.url, sent)
    assert "Traceback" not in role.program.log
    assert "Error handling request" not in role.program.log
    assert role.metric("nextclose_requests_total", code="500") == 0
