"""Contestants are started, verified and stopped."""

import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks.contestants import Contestant, Process, Running, _runs, closes_body, free_ports, read_forecast
from benchmarks.environments import ServerUnavailableError
from benchmarks.measure import check_answers, measure

SERVER = """
import http.server, json, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        closes = json.loads(self.rfile.read(int(self.headers["content-length"])))["closes"]
        self.answer(json.dumps({"forecast": [[row[-1]] * 7 for row in closes]}).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("serving", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def server(code: str = SERVER, *, same_network: bool = True) -> Contestant:
    (port,) = free_ports(1)
    process = Process([sys.executable, "-c", code, str(port)])
    return Contestant(
        "x", "server x", [process], port, "/", [f"http://127.0.0.1:{port}/"], closes_body, read_forecast,
        same_network=same_network,
    )  # fmt: skip


def last_close(closes: np.ndarray) -> np.ndarray:
    return np.repeat(closes[:, -1:], 7, axis=1)


def test_server_is_started_and_stopped_with_its_child_processes() -> None:
    with Running(server()) as running:
        assert running.seconds_to_ready > 0
        check_answers(running, last_close)
        assert running.cpu() > 0
        processes = running._processes()
        assert len(processes) == 2
        assert running.memory() > 0
        assert len(running.resident()) == 1
    assert not any(_runs(process) for process in processes)


def test_process_that_exits_is_reported_with_its_last_line() -> None:
    with pytest.raises(ServerUnavailableError, match="exited with 3: no port"):
        Running(server("import sys; print('no port'); sys.exit(3)")).__enter__()


def test_program_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    contestant = Contestant("x", "server x", [Process([str(tmp_path / "missing")])], 1, "/", [])
    with pytest.raises(ServerUnavailableError, match="cannot be started"):
        Running(contestant).__enter__()


def test_wrong_answer_is_reported() -> None:
    with Running(server()) as running, pytest.raises(ServerUnavailableError, match="wrong answer to 1 windows"):
        check_answers(running, lambda closes: 1.001 * last_close(closes))


def test_forecasts_of_another_network_are_not_verified() -> None:
    with Running(server(same_network=False)) as running:
        check_answers(running, lambda closes: 2 * last_close(closes))


def test_failed_server_is_reported_with_its_reason() -> None:
    lines: list[str] = []
    found, failures = measure([server("raise SystemExit('no')")], last_close, 2, lines.append)
    assert found == []
    assert failures == {"server x": "exited with 1: no"}
    assert lines == ["round 1 of 2: server x", "server x: exited with 1: no"]


def test_forecast_is_read_from_a_list_or_from_a_key() -> None:
    for content in ([[1, 2]], {"forecast": [[1, 2]]}):
        assert read_forecast(httpx.Response(200, json=content)).tolist() == [[1, 2]]
