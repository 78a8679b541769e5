"""Clients that leave before their answer: no error of the service, and nothing of theirs stays behind."""

import signal
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.asking import INFER, ask, binary_request
from tests.serving.processes import Pair, start_pair, until
from tests.serving.trained import Trained

f8 = NDArray[np.float64]


@pytest.mark.parametrize("reset", [False, True])
def test_in_the_middle_of_a_body(pair: Pair, http: httpx.Client, windows: f8, *, reset: bool) -> None:
    role = pair.transformer
    internal = role.metric("nextclose_requests_total", code="500")
    refused = role.metric("nextclose_requests_total", code="400")
    address = urlsplit(pair.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"POST {INFER} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
        connection.sendall(head.encode() + b'{"inputs": [')
        until(lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 1, "the request is read", 20)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 0, "the request is over", 20)
    assert role.metric("nextclose_requests_total", code="500") == internal
    assert role.metric("nextclose_requests_total", code="400") == refused + 1
    assert ask(http, windows[:1])["forecast"].shape == (1,)


def _send(url: str, body: bytes, headers: dict[str, str]) -> socket.socket:
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port))
    lines = [f"POST {INFER} HTTP/1.1", "host: x", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
    connection.sendall(head.encode() + body)
    return connection


def test_who_leaves_while_waiting_is_not_computed_for(version: Trained, windows: f8, tmp_path: Path) -> None:
    own = start_pair(tmp_path, version.models, version.store, transformer={"predictor_calls": 1})
    role = own.transformer
    asked, left = "nextclose_batch_requests_count", {"code": "499", "reason": "cancelled"}
    try:
        role.await_status(200)
        body, headers = binary_request(windows[:3])
        own.predictor.program.signal(signal.SIGSTOP)
        try:
            stays = _send(own.url, body, headers)
            until(lambda: role.metric(asked, role="transformer") == 1, "one is asked for", 20)
            waiting = [_send(own.url, body, headers) for _ in range(10)]
            until(lambda: role.metric("nextclose_waiting_rows", role="transformer") == 30, "the others wait", 20)
            for connection in waiting:
                connection.close()
            until(lambda: role.metric("nextclose_requests_total", **left) == 10, "they left", 20)
        finally:
            own.predictor.program.signal(signal.SIGCONT)
        with stays:
            assert stays.recv(100).startswith(b"HTTP/1.1 200 OK")
        with httpx.Client(base_url=own.url, trust_env=False) as client:
            assert ask(client, windows[:1])["forecast"].shape == (1,)
        assert role.metric("nextclose_batch_rows_sum", role="transformer") == 4
        assert own.predictor.metric("nextclose_batch_rows_sum", role="predictor") == 4
        assert role.metric("nextclose_waiting_rows", role="transformer") == 0
    finally:
        own.stop()
