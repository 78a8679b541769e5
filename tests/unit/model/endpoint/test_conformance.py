"""Checks of the Host header and the path that the HTTP parser leaves to the application."""

from collections.abc import Iterator

import pytest
from aiohttp import web

from model.endpoint.conformance import check_conformance
from model.endpoint.connections import track_connection
from model.endpoint.http_app import error_replies
from tests.serving.raw_http import exchange
from tests.unit.model.endpoint.http_server import HttpServer, serving


async def _name(request: web.Request) -> web.Response:
    return web.Response(text=request.match_info["name"])


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    middlewares = (track_connection, error_replies, check_conformance)
    with serving(("GET", "/models/{name}", _name), middlewares=middlewares) as started:
        yield started


def _get(server: HttpServer, host: str, path: str = "/models/a", version: str = "1.1") -> tuple[int, str]:
    head = f"GET {path} HTTP/{version}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    (answer,) = exchange(server.url, head.encode())
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "host", ["a", "a.b-c_d:8080", "127.0.0.1:80", "[::1]:8080", "[fe80::1%25eth0]", "xn--bcher-kva.example", ""]
)
def test_valid_host_is_accepted(server: HttpServer, host: str) -> None:
    assert _get(server, host) == (200, "a")


@pytest.mark.parametrize(
    "host", ["a b", "a/b", "a?b", "a#b", "me@a", "a\\b", '"a"', "<a>", "ação", "a\tb", "x" * 80 + "/"]
)
def test_invalid_host_returns_400(server: HttpServer, host: str) -> None:
    status, text = _get(server, host)
    assert status == 400
    assert "header 'Host': expected a host name or address with an optional port, got " in text


def test_http_1_0_needs_no_host(server: HttpServer) -> None:
    (answer,) = exchange(server.url, b"GET /models/a HTTP/1.0\r\n\r\n")
    assert (answer.status_code, answer.text) == (200, "a")


@pytest.mark.parametrize("name", ["a%2fb", "a%2Fb", "%2f", "a%5cb", "a%5C"])
def test_encoded_separator_returns_404(server: HttpServer, name: str) -> None:
    assert _get(server, "a", f"/models/{name}")[0] == 404


@pytest.mark.parametrize(
    ("name", "decoded"), [("%5EGSPC", "^GSPC"), ("a%20b", "a b"), ("%25", "%"), ("a%252fb", "a%2fb")]
)
def test_other_escapes_are_decoded(server: HttpServer, name: str, decoded: str) -> None:
    assert _get(server, "a", f"/models/{name}") == (200, decoded)


def test_encoded_separator_is_accepted_in_a_query(server: HttpServer) -> None:
    assert _get(server, "a", "/models/a?b=%2f")[0] == 200
