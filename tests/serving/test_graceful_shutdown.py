"""Graceful shutdown: connections are drained, and no request is lost."""

import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from model.contract.arrays import f8
from tests.serving.processes import Pair, start_second_transformer, wait_until
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, window_request


def test_responses_after_sigterm_close_their_connections(
    pair: Pair, version: Trained, windows: f8, tmp_path: Path
) -> None:
    role = start_second_transformer(pair.predictor, tmp_path, version.models, version.store, leave_seconds=3)
    try:
        role.await_status(200)
        with httpx.Client(base_url=role.url, trust_env=False) as client:
            request = window_request(windows[:1])
            assert "connection" not in client.post(INFER, json=request).headers
            role.program.signal(signal.SIGTERM)
            wait_until(lambda: '"stopping"' in role.program.log, "the shutdown has started", 20)
            # The open connection is used once more; then the client opens new ones during the draining.
            for _ in range(3):
                answer = client.post(INFER, json=request)
                assert (answer.status_code, answer.headers["connection"]) == (200, "close")
            assert client.get("/v2/health/live").headers["connection"] == "close"
        assert role.program.wait() == 0, role.program.log
    finally:
        role.program.stop()


def test_no_request_is_lost_over_kept_connections(pair: Pair, version: Trained, windows: f8, tmp_path: Path) -> None:
    role = start_second_transformer(pair.predictor, tmp_path, version.models, version.store, leave_seconds=1)
    request, errors, statuses = window_request(windows[:1]), [], []
    finished = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=role.url, trust_env=False, timeout=20) as client:
            while not finished.is_set():
                try:
                    answer = client.post(INFER, json=request)
                except httpx.HTTPError as error:
                    errors.append(repr(error))
                    return
                statuses.append(answer.status_code)
                if answer.headers.get("connection") == "close":
                    return  # in a cluster, a new connection reaches another pod
                time.sleep(0.02)

    try:
        role.await_status(200)
        clients = [threading.Thread(target=ask) for _ in range(8)]
        for client in clients:
            client.start()
        wait_until(lambda: len(statuses) > 100, "100 requests are answered", 20)
        role.program.signal(signal.SIGTERM)
        assert role.program.wait() == 0, role.program.log
        finished.set()
        for client in clients:
            client.join(20)
        assert errors == []
        assert set(statuses) == {200}
    finally:
        finished.set()
        role.program.stop()


def test_idle_connection_is_closed(pair: Pair, version: Trained, tmp_path: Path) -> None:
    role = start_second_transformer(pair.predictor, tmp_path, version.models, version.store)
    try:
        role.await_status(200, "/v2/health/live")
        address = urlsplit(role.url)
        with socket.create_connection((address.hostname, address.port)) as idle:
            idle.settimeout(20)
            role.program.signal(signal.SIGTERM)
            assert idle.recv(10) == b""
        assert role.program.wait() == 0, role.program.log
    finally:
        role.program.stop()
