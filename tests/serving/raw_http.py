"""HTTP/1.1 over sockets: requests as bytes, and parsing of responses."""

import json
import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tests.serving.v2_requests import INFER

HOST: Final = b"Host: example\r\n"


def connect(url: str, seconds: float = 20.0) -> socket.socket:
    """Connect to a server; each read waits at most `seconds`."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(seconds)
    return connection


def post(document: Any, headers: bytes = b"", *, path: str = INFER, chunked: bool = False) -> bytes:
    """Make a POST request with a JSON body."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    head = f"POST {path} HTTP/1.1\r\n".encode() + HOST + headers
    if chunked:
        middle = len(body) // 2
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:middle], body[middle:]))
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def get(path: str, headers: bytes = b"") -> bytes:
    """Make a GET request."""
    return f"GET {path} HTTP/1.1\r\n".encode() + HOST + headers + b"\r\n"


def responses(connection: socket.socket, count: int) -> list[httpx.Response]:
    """Read the next responses of a connection."""
    received = b""
    found: list[httpx.Response] = []
    while len(found) < count:
        response, received = first_response(received)
        if response is not None:
            found.append(response)
            continue
        piece = connection.recv(65536)
        assert piece, f"closed after {len(found)} of {count} responses: {received[:200]!r}"
        received += piece
    assert received == b"", f"more than {count} responses: {received[:200]!r}"
    return found


def responses_until_closed(connection: socket.socket) -> list[httpx.Response]:
    """Read all responses until the server closes the connection."""
    received = b"".join(iter(lambda: connection.recv(65536), b""))
    found: list[httpx.Response] = []
    while received:
        response, received = first_response(received)
        assert response is not None, f"closed within a response: {received[:200]!r}"
        found.append(response)
    return found


def only_response(received: bytes) -> httpx.Response:
    """Parse received data as exactly one response."""
    response, rest = first_response(received)
    assert response is not None, f"an incomplete response: {received[:200]!r}"
    assert rest == b"", f"more than one response: {received[:200]!r}"
    return response


def first_response(received: bytes) -> tuple[httpx.Response | None, bytes]:
    """Split received data into the first response (None if it is incomplete) and the rest."""
    head, complete, rest = received.partition(b"\r\n\r\n")
    if not complete:
        return None, received
    status, *lines = head.decode().split("\r\n")
    headers: Mapping[str, str] = httpx.Headers([(name, value) for name, _, value in (x.partition(": ") for x in lines)])
    length = int(headers.get("content-length", 0))
    if len(rest) < length:
        return None, received
    return httpx.Response(int(status.split()[1]), headers=headers, content=rest[:length]), rest[length:]


def exchange(url: str, sent: bytes, seconds: float = 20.0) -> list[httpx.Response]:
    """Send bytes on a new connection, and read all responses until the server closes it."""
    with connect(url, seconds) as connection:
        connection.sendall(sent)
        return responses_until_closed(connection)
