"""Connections of a real server: limit, deadline for headers, half-closed clients, and data that is not HTTP."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from aiohttp import web

from model.endpoint.connections import Connection, track_connection
from tests.serving.processes import wait_until
from tests.serving.raw_http import HOST, connect, exchange, get, post, responses, responses_until_closed
from tests.unit.model.endpoint.http_server import HttpServer, Route, serving
from tests.unit.model.endpoint.test_upgrade_offers import CHUNKED, OFFER_GET, PLAIN, STREAMS, WITH_LENGTH

CLOSE = b"Connection: close\r\n"
HEADER_TIMEOUT = 0.4
handled: list[str] = []


async def _body(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def _slow(request: web.Request) -> web.Response:
    handled.append("begun")
    try:
        await asyncio.sleep(float(request.query["seconds"]))
    except asyncio.CancelledError:
        handled.append("cancelled")
        raise
    return web.Response(text="late")


async def _fail(_: web.Request) -> web.Response:
    raise ZeroDivisionError("secret")


ROUTES: tuple[Route, ...] = (
    ("GET", "/v2", _body), ("POST", "/infer", _body), ("GET", "/slow", _slow), ("GET", "/fail", _fail),
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with serving(*ROUTES) as started:
        yield started


@pytest.fixture(scope="module")
def strict() -> Iterator[HttpServer]:
    """A server with a short deadline for headers and few connections."""
    with serving(*ROUTES, header_timeout=HEADER_TIMEOUT, connection_limit=3) as started:
        yield started


def test_connections_over_the_limit_are_closed(strict: HttpServer) -> None:
    refused = strict.refusals()
    with ExitStack() as stack:
        first, *_ = [stack.enter_context(connect(strict.url)) for _ in range(3)]
        wait_until(lambda: strict.connections() == 3, "three connections are open", 10)
        for number in range(3):
            with connect(strict.url) as over:
                assert over.recv(10) == b""
            assert strict.refusals() == refused + number + 1
        first.sendall(get("/v2"))
        assert responses(first, 1)[0].status_code == 200
    wait_until(lambda: strict.connections() == 0, "all connections are closed", 10)
    assert exchange(strict.url, get("/v2", CLOSE))[0].status_code == 200


@pytest.mark.parametrize("sent", [b"", b"GET /v2 HT", b"GET /v2 HTTP/1.1\r\nHost: a\r\n", b"\r\n"])
def test_connection_without_complete_headers_is_closed_in_time(strict: HttpServer, sent: bytes) -> None:
    with connect(strict.url, 10) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        assert connection.recv(1000) == b""
        assert HEADER_TIMEOUT * 0.9 < time.monotonic() - began < 3


@pytest.mark.parametrize("before", [b"", get("/v2")])
def test_headers_that_trickle_in_are_cut_off(strict: HttpServer, before: bytes) -> None:
    with connect(strict.url, 0.05) as connection:
        if before:
            connection.sendall(before)
            connection.settimeout(5)
            responses(connection, 1)
            connection.settimeout(0.05)
        began = time.monotonic()
        with pytest.raises((ConnectionError, AssertionError)):  # noqa: PT012  # the loop ends when the connection is closed
            while time.monotonic() - began < 5:
                connection.sendall(b"G")
                try:
                    assert connection.recv(1000)
                except TimeoutError:
                    continue
        assert time.monotonic() - began < 3


def test_request_may_take_longer_than_its_headers(strict: HttpServer) -> None:
    with connect(strict.url) as connection:
        connection.sendall(get(f"/slow?seconds={HEADER_TIMEOUT * 3}"))
        assert responses(connection, 1)[0].text == "late"


def test_idle_connection_is_kept_longer_than_the_deadline_for_headers(strict: HttpServer) -> None:
    with connect(strict.url) as connection:
        for _ in range(2):
            connection.sendall(get("/v2"))
            assert responses(connection, 1)[0].status_code == 200
            time.sleep(HEADER_TIMEOUT * 3)


def test_answer_is_sent_before_an_unread_body_has_arrived(strict: HttpServer) -> None:
    head, _, body = post(b"x" * 2_000_000, path="/nothing").partition(b"\r\n\r\n")
    with connect(strict.url) as connection:
        connection.sendall(head + b"\r\n\r\n" + body[:10])
        (answer,) = responses(connection, 1)
        assert (answer.status_code, answer.headers["connection"]) == (404, "close")
        connection.sendall(body[10:])
        assert responses_until_closed(connection) == []


@pytest.mark.parametrize("gap", [0.0, 0.05])
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (get("/v2"), ["0"]),
        (post(b"x" * 10, path="/infer"), ["10"]),
        (get("/slow?seconds=0.2"), ["late"]),
        (post(b"x" * 10, path="/infer") + get("/slow?seconds=0.2") + get("/v2"), ["10", "late", "0"]),
    ],
)
def test_half_closed_client_gets_its_answers(server: HttpServer, sent: bytes, expected: list[str], gap: float) -> None:
    for _ in range(5):
        with connect(server.url) as connection:
            connection.sendall(sent)
            time.sleep(gap)
            connection.shutdown(socket.SHUT_WR)
            assert [answer.text for answer in responses(connection, len(expected))] == expected


@pytest.mark.parametrize("before", [b"", get("/v2")])
def test_idle_connection_that_is_half_closed_is_closed(server: HttpServer, before: bytes) -> None:
    with connect(server.url, 5) as connection:
        if before:
            connection.sendall(before)
            responses(connection, 1)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""


def test_request_of_a_client_that_stays_half_closed_is_cancelled(server: HttpServer) -> None:
    handled.clear()
    with connect(server.url) as connection:
        connection.sendall(get("/slow?seconds=30"))
        wait_until(lambda: handled == ["begun"], "the request is handled", 10)
        began = time.monotonic()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""
        assert 0.9 < time.monotonic() - began < 3
    wait_until(lambda: handled == ["begun", "cancelled"], "the request is cancelled", 10)


NOT_HTTP = {
    "garbage": b"\x00\x01garbage\r\n\r\n",
    "TLS": bytes.fromhex("16030100") + b"\xff" * 200,
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "content-length not a number": b"POST /infer HTTP/1.1\r\n" + HOST + b"Content-Length: 5x\r\n\r\nhello",
    "negative content-length": b"POST /infer HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\nhello",
    "two content-lengths": b"POST /infer HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "content-length and chunks": (
        b"POST /infer HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "space before the colon": b"POST /infer HTTP/1.1\r\n" + HOST + b"Content-Length : 5\r\n\r\nhello",
    "NUL in a header": get("/v2", b"x: a\x00b\r\n"),
    "folded header": get("/v2", b"x: a\r\n b\r\n"),
    "long header": get("/v2", b"x: " + b"y" * 40_000 + b"\r\n"),
    "many headers": get("/v2", b"x: y\r\n" * 500),
    "long path": get("/" + "x" * 40_000),
}  # fmt: skip


@pytest.mark.parametrize("sent", NOT_HTTP.values(), ids=NOT_HTTP)
def test_malformed_request_returns_400_and_closes_the_connection(
    server: HttpServer, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        (answer,) = exchange(server.url, sent)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["error-reason"] == "invalid_input"
    (message,) = answer.json().values()
    assert message.startswith("HTTP: expected a valid request, got: ")
    assert "\n" not in message
    assert not caplog.records


def test_malformed_request_behind_a_valid_one_returns_400(server: HttpServer) -> None:
    with connect(server.url) as connection:
        connection.sendall(get("/v2"))
        assert responses(connection, 1)[0].status_code == 200
        connection.sendall(b"garbage\r\n\r\n")
        (answer,) = responses_until_closed(connection)
    assert answer.status_code == 400


def test_error_that_no_middleware_handles_returns_500_without_its_text() -> None:
    with serving(*ROUTES, middlewares=(track_connection,)) as server:
        (answer,) = exchange(server.url, get("/fail"))
    assert answer.status_code == 500
    assert answer.headers["error-reason"] == "internal"
    assert "secret" not in answer.text


def test_many_pipelined_requests_are_answered_in_order(server: HttpServer) -> None:
    with connect(server.url) as connection:
        connection.sendall(b"".join(post(b"x" * size, path="/infer") for size in range(300)))
        assert [int(answer.text) for answer in responses(connection, 300)] == list(range(300))


@pytest.mark.parametrize("messages", STREAMS.values(), ids=STREAMS)
def test_requests_behind_an_upgrade_offer_are_answered_for_every_split(
    server: HttpServer, messages: list[bytes]
) -> None:
    data = b"".join(messages)
    for split in range(1, len(data), 3):
        with connect(server.url, 5) as connection:
            connection.sendall(data[:split])
            time.sleep(0.001)
            connection.sendall(data[split:])
            answers = responses(connection, len(messages))
        assert {answer.status_code for answer in answers} == {200}, f"split at {split}"


@pytest.mark.parametrize("offer", [WITH_LENGTH, OFFER_GET, CHUNKED])
@pytest.mark.parametrize(("before", "after"), [(0, 100), (31, 31), (32, 1), (33, 2), (100, 70)])
def test_offer_among_many_pipelined_requests_is_answered(
    server: HttpServer, offer: bytes, before: int, after: int
) -> None:
    with connect(server.url, 5) as connection:
        connection.sendall(PLAIN * before + offer + PLAIN * after)
        answers = responses(connection, before + 1 + after)
    assert {answer.status_code for answer in answers} == {200}


class WithoutAdapter(Connection):
    """A connection that passes received data on unchanged."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        web.RequestHandler.data_received(self, data)


def test_aiohttp_still_needs_the_adapter_for_upgrade_offers() -> None:
    data = b"".join(STREAMS["content-length"])
    with serving(*ROUTES, connection_class=WithoutAdapter) as server, connect(server.url, 1) as connection:
        connection.sendall(data)
        assert len(responses(connection, 1)) == 1
        with pytest.raises(TimeoutError):  # if this fails, delete model/endpoint/upgrade_offers.py
            responses(connection, 1)
