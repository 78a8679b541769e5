"""Clients that disconnect before their answer: they are counted as cancelled, and their requests are not computed."""

import signal
import socket
import struct
from pathlib import Path

import httpx
import pytest

from model.contract.arrays import f8
from tests.serving.processes import Pair, start_pair, wait_until
from tests.serving.raw_http import HOST, connect, post
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, binary_request

CANCELLED = {"code": "499", "reason": "cancelled"}


@pytest.mark.parametrize("reset", [False, True])
def test_client_that_disconnects_while_sending_its_body_is_counted_as_cancelled(
    pair: Pair, http: httpx.Client, windows: f8, *, reset: bool
) -> None:
    role = pair.transformer
    internal = role.metric("nextclose_requests_total", code="500")
    cancelled = role.metric("nextclose_requests_total", **CANCELLED)
    with connect(pair.url) as connection:
        connection.sendall(
            f"POST {INFER} HTTP/1.1\r\n".encode() + HOST + b"Content-Length: 1000\r\n\r\n" + b'{"inputs":'
        )
        wait_until(
            lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 1, "the request is read", 20
        )
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 0, "the request is over", 20)
    assert role.metric("nextclose_requests_total", code="500") == internal
    assert role.metric("nextclose_requests_total", **CANCELLED) == cancelled + 1
    assert ask(http, windows[:1])["forecast"].shape == (1,)


def _send(url: str, body: bytes, headers: dict[str, str]) -> socket.socket:
    connection = connect(url)
    connection.sendall(post(body, "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()))
    return connection


def test_requests_of_disconnected_clients_are_not_computed(version: Trained, windows: f8, tmp_path: Path) -> None:
    settings = {"predictor_calls": 1, "request_timeout": 60}
    own = start_pair(tmp_path, version.models, version.store, {"runtime": "onnx"}, settings)
    role = own.transformer
    batches = "nextclose_batch_requests_count"
    try:
        role.await_status(200)
        body, headers = binary_request(windows[:3])
        own.predictor.program.signal(signal.SIGSTOP)
        try:
            connected = _send(own.url, body, headers)
            wait_until(lambda: role.metric(batches, role="transformer") == 1, "the first batch runs", 20)
            waiting = [_send(own.url, body, headers) for _ in range(10)]
            wait_until(
                lambda: role.metric("nextclose_waiting_rows", role="transformer") == 30, "the other requests wait", 20
            )
            for connection in waiting:
                connection.close()
            wait_until(
                lambda: role.metric("nextclose_requests_total", **CANCELLED) == 10,
                "the waiting requests are cancelled",
                20,
            )
        finally:
            own.predictor.program.signal(signal.SIGCONT)
        with connected:
            assert connected.recv(100).startswith(b"HTTP/1.1 200 OK")
        with httpx.Client(base_url=own.url, trust_env=False) as client:
            assert ask(client, windows[:1])["forecast"].shape == (1,)
        assert role.metric("nextclose_batch_rows_sum", role="transformer") == 4
        assert own.predictor.metric("nextclose_batch_rows_sum", role="predictor") == 4
        assert role.metric("nextclose_waiting_rows", role="transformer") == 0
    finally:
        own.stop()
