"""A connection answers a whole request past parser and framework as uvicorn and the framework do, byte for byte."""

import asyncio
import contextlib
import json
import re
from typing import Any

import numpy as np
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from model.endpoint.connection import connection_kind
from model.endpoint.direct import App
from model.endpoint.whole_request import whole_request
from tests.serving import bad_requests
from tests.serving.asking import HEADER, INFER, binary_request, window_request
from tests.serving.routes import LIMIT, Routes
from tests.serving.test_any_document import _DOCUMENT, _SETTINGS

f8 = NDArray[np.float64]
# Waits for its turn behind the request, and ends the connection.
_LAST = b"GET /v2/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


async def _exchange(kind: Any, app: App, data: bytes, seconds: float) -> bytes:
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    config.load()
    server = await asyncio.get_running_loop().create_server(lambda: kind(config, ServerState(), {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(data)
        await asyncio.sleep(0.002)
        writer.write(_LAST)
        received = bytearray()
        # It may wait for the rest of a body, or be closed on what it had not read.
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                while piece := await reader.read(1 << 16):
                    received += piece
        writer.close()
    return bytes(received)


def same(routes: Routes, data: bytes, seconds: float = 10) -> bytes:
    """What both kinds of connection send for it."""
    kinds = [(HttpToolsProtocol, routes.ordinary), (connection_kind(routes.transformer, LIMIT), routes.direct)]
    first: bytes
    first, second = (routes.run(_exchange(kind, app, data, seconds)) for kind, app in kinds)
    assert first == second
    return first


def request(body: bytes, headers: dict[str, str] | None = None, path: str = INFER) -> bytes:
    fields = {"Host": "x", "Accept": "*/*", **(headers or {}), "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@settings(_SETTINGS, max_examples=300)
@given(document=_DOCUMENT, identifier=st.sampled_from([None, "", "mine", "a b", "x" * 200]))
def test_any_document(routes: Routes, document: Any, identifier: str | None) -> None:
    headers = {} if identifier is None else {"X-Request-Id": identifier}
    data = request(json.dumps(document).encode(), headers)
    assert whole_request(data) is not None
    assert status(same(routes, data)) in {200, 400, 404}


def test_what_is_known_to_be_wrong(routes: Routes) -> None:
    for bad in bad_requests.ALL:
        if len(bad.body) <= LIMIT:
            assert status(same(routes, request(bad.body))) == bad.status


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_right_ones(routes: Routes, windows: f8, rows: int) -> None:
    for start in range(0, len(windows) - rows, 101):
        closes = windows[start : start + rows]
        body, headers = binary_request(closes)
        for data in (request(json.dumps(window_request(closes, id="mine")).encode()), request(body, headers)):
            assert whole_request(data) is not None
            assert status(same(routes, data)) == 200


_LINES = st.sampled_from(
    [
        *[f"POST {INFER} HTTP/1.1"] * 8,
        f"POST {INFER}?x=1 HTTP/1.1",
        f"POST {INFER} HTTP/1.0",
        f"POST {INFER}/ HTTP/1.1",
        f"GET {INFER} HTTP/1.1",
        "POST /v2/models/another/infer HTTP/1.1",
        "POST /v2/models/next%63lose/infer HTTP/1.1",
        "POST /v2/models/../infer HTTP/1.1",
        "POST /v2/models/nextclose/versions/1/infer HTTP/1.1",
        "POST /v2/models/nextclose/versions//infer HTTP/1.1",
        f"POST http://elsewhere{INFER} HTTP/1.1",
        f"POST  {INFER} HTTP/1.1",
        f"post {INFER} HTTP/1.1",
        f"POST {INFER} HTTP/1.2",
    ]
)
_FIELDS = st.lists(
    st.sampled_from(
        [
            "X-Request-Id: one",
            "x-request-id: two",
            "x-request-id:three",
            "x-request-id:  four  ",
            "x-request-id: f\xefve",
            "x-request-id: \tsix",
            "x-request-id:",
            "Connection: keep-alive",
            "Connection: close",
            "connection: Keep-Alive",
            "connection: keep-alive, close",
            "Proxy-Connection: close",
            "Upgrade: h2c",
            "Upgrade: websocket",
            "Connection: upgrade",
            "Content-Length: 3",
            "Content-Length: x",
            "content-type: application/json",
            "accept-encoding: gzip, deflate",
            f"{HEADER}: 7",
            f"{HEADER}: x",
            "name with spaces: 1",
            "no colon",
            " goes on",
            "odd\x01name: 1",
            "odd: \x01value",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "a" * 5000 + ": long",
        ]
    ),
    max_size=4,
)


@settings(_SETTINGS, max_examples=500)
@given(line=_LINES, fields=_FIELDS, length=st.sampled_from(["right", "right", "right", "+1", "-1", "none", "twice"]))
def test_any_head(routes: Routes, windows: f8, line: str, fields: list[str], length: str) -> None:
    body = json.dumps(window_request(windows[:1])).encode()
    size = len(body)
    sizes = {"right": [size], "+1": [size + 1], "-1": [size - 1], "none": [], "twice": [size, size]}[length]
    lines = [line, "Host: x", *fields, *(f"Content-Length: {size}" for size in sizes)]
    data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    same(routes, data, seconds=0.3 if whole_request(data) is None else 10)


def test_several_at_once(routes: Routes, windows: f8) -> None:
    data = request(json.dumps(window_request(windows[:1])).encode(), {"x-request-id": "mine"})
    answers = same(routes, data * 3)
    assert len(re.findall(rb"HTTP/1.1 200 OK\r\nx-request-id: mine\r\n", answers)) == 3


def test_bodies_over_the_limit(routes: Routes, windows: f8) -> None:
    large = json.dumps(window_request(windows[:1])).encode() + b" " * LIMIT
    assert status(same(routes, request(large))) == 413
