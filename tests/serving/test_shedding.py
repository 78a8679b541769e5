"""Refusing at the head, on raw connections: pipelined requests, connections that close, bodies that are never read."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.asking import INFER, ask, window_request
from tests.serving.processes import Pair, start_pair, until
from tests.serving.trained import Trained

f8 = NDArray[np.float64]
LIMIT = 1


@pytest.fixture
def full(version: Trained, windows: f8, tmp_path: Path) -> Iterator[Pair]:
    """A pair that answers one request at a time, and has one: its predictor stands still."""
    own = start_pair(tmp_path, version.models, version.store, transformer={"in_flight_limit": LIMIT})
    try:
        own.transformer.await_status(200)
        own.predictor.program.signal(signal.SIGSTOP)
        waiting = connect(own)
        waiting.sendall(request(windows, "first"))
        until(lambda: own.transformer.metric("nextclose_requests_in_flight") == LIMIT, "one is being answered", 20)
        yield own
        own.predictor.program.signal(signal.SIGCONT)
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 OK")
        waiting.close()
        with httpx.Client(base_url=own.url, trust_env=False) as client:
            until(lambda: own.transformer.metric("nextclose_requests_in_flight") == 0, "all are answered", 20)
            assert ask(client, windows[:1])["forecast"].shape == (1,)
    finally:
        own.stop()


def connect(pair: Pair) -> socket.socket:
    address = urlsplit(pair.url)
    connection = socket.create_connection((address.hostname, address.port))
    connection.settimeout(20)
    return connection


def request(windows: f8, identifier: str, padding: int = 0, connection: str = "keep-alive") -> bytes:
    body = json.dumps(window_request(windows[:1])).encode() + b" " * padding
    head = f"POST {INFER} HTTP/1.1\r\nhost: x\r\nx-request-id: {identifier}\r\nconnection: {connection}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def answers(connection: socket.socket, count: int) -> list[httpx.Response]:
    received = b""
    found: list[httpx.Response] = []
    while len(found) < count:
        head, complete, rest = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(headers.get("content-length", -1))
        if complete and 0 <= length <= len(rest):
            found.append(httpx.Response(int(lines[0].split()[1]), headers=headers, content=rest[:length]))
            received = rest[length:]
            continue
        piece = connection.recv(65536)
        assert piece, f"closed after {len(found)} answers: {received[:200]!r}"
        received += piece
    return found


def check(answer: httpx.Response, identifier: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["x-request-id"] == identifier
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/json"
    assert "date" in answer.headers
    assert answer.json() == {"error": f"{LIMIT} requests are being answered already"}


def test_each_of_many_on_one_connection_has_its_own_id(full: Pair, windows: f8) -> None:
    before = full.transformer.metric("nextclose_requests_total", code="503", reason="overloaded")
    with connect(full) as connection:
        connection.sendall(b"".join(request(windows, f"id-{number}") for number in range(700)))
        for number, answer in enumerate(answers(connection, 700)):
            check(answer, f"id-{number}")
    assert full.transformer.metric("nextclose_requests_total", code="503", reason="overloaded") == before + 700
    assert '"error"' not in full.transformer.program.log.replace('"level": "error"', "")


@pytest.mark.parametrize("kind", ["keep-alive", "close"])
def test_a_large_body_is_answered_whatever_becomes_of_the_connection(full: Pair, windows: f8, kind: str) -> None:
    for _ in range(5):
        with connect(full) as connection:
            connection.sendall(request(windows, "large", padding=8_000_000, connection=kind))
            check(answers(connection, 1)[0], "large")


def test_the_connection_goes_on_after_a_refusal(full: Pair, windows: f8) -> None:
    with connect(full) as connection:
        connection.sendall(request(windows, "refused", padding=300_000))
        check(answers(connection, 1)[0], "refused")
        connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        assert answers(connection, 1)[0].json() == {"live": True}


def test_other_paths_are_answered(full: Pair) -> None:
    with httpx.Client(base_url=full.url, trust_env=False) as client:
        assert client.get("/v2/health/live").status_code == 200
        assert client.post("/v2/models/another/infer", content=b"{}").status_code == 503
        assert client.get("/symbols").status_code == 200


def test_a_client_that_asks_whether_to_go_on_is_told_before_its_body_is_sent(pair: Pair, windows: f8) -> None:
    body = json.dumps(window_request(windows[:1])).encode()
    with connect(pair) as connection:
        head = f"POST {INFER} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        (answer,) = answers(connection, 1)
    assert answer.status_code == 200
    assert answer.json()["outputs"]
