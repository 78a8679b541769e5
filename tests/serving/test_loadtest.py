"""`nextclose loadtest` against a running service: request kinds, profiles, thresholds, reports and metrics."""

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from loadtest.profiles import Profile
from tests.serving.processes import Pair, free_ports
from tests.serving.trained import Trained

KINDS = ("mixed", "window", "binary", "symbol", "batch", "grpc")


def loadtest(url: str, *arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs", "loadtest", "--url", url, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXTCLOSE_")}
    return subprocess.run(
        command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False, timeout=120
    )


def test_every_request_kind_is_answered(pair: Pair, tmp_path: Path) -> None:
    kinds = [argument for kind in KINDS for argument in ("-k", kind)]
    done = loadtest(
        pair.url, *kinds, "-u", "12", "-t", "3s", "--grpc", pair.grpc, "--html", "run.html", "--csv", "run",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "run_stats.csv").open() as file:
        rows = list(csv.DictReader(file))
    counts = {row["Name"]: (int(row["Request Count"]), int(row["Failure Count"])) for row in rows}
    assert set(counts) == {
        "window, JSON", "window, binary", "symbol", "batch of 32, binary", "window, gRPC", "Aggregated",
    }  # fmt: skip
    assert all(count > 5 and not failed for count, failed in counts.values()), counts
    assert "<html" in (tmp_path / "run.html").read_text()


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_ends(pair: Pair, tmp_path: Path, profile: Profile) -> None:
    done = loadtest(pair.url, "-k", "window", "--profile", profile, "-u", "5", "-t", "3s", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_missed_thresholds_are_reported_with_status_1(pair: Pair, tmp_path: Path) -> None:
    thresholds = ("--p50", "0.001", "--p99", "60000", "--rps", "1000000")
    done = loadtest(pair.url, "-k", "window", "-u", "2", "-t", "2s", *thresholds, folder=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    first = next(number for number, line in enumerate(lines) if line.split() == ["missed", "wanted", "got"])
    assert [line.split("  ")[0] for line in lines[first + 1 : first + 3]] == ["p50", "requests a second"]
    assert "p99 " not in "\n".join(lines[first:])
    assert "Traceback" not in done.stderr


def test_metrics_of_a_run_are_exposed(pair: Pair, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    done: list[subprocess.CompletedProcess[str]] = []
    arguments = ("-k", "window", "-u", "3", "-t", "6s", "--metrics-port", str(port))
    run = threading.Thread(target=lambda: done.append(loadtest(pair.url, *arguments, folder=tmp_path)))
    run.start()
    found = ""
    deadline = time.monotonic() + 20
    while 'nextclose_loadtest_requests_total{name="window, JSON",result="ok"}' not in found:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
        try:
            found = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        except httpx.HTTPError:
            continue
    run.join()
    assert "nextclose_loadtest_users 3.0" in found
    assert "nextclose_loadtest_request_duration_seconds_bucket" in found
    assert done[0].returncode == 0


def test_web_page_shows_the_requests(pair: Pair, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "jobs", "loadtest", "--url", pair.url, "-k", "window", "-u", "2", "--web"]
    process = subprocess.Popen(
        [*command, "--web-port", str(port), "-t", "30s"], cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        count = 0
        deadline = time.monotonic() + 30
        while count < 10:
            assert time.monotonic() < deadline
            time.sleep(0.2)
            try:
                assert "<html" in httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text
                count = httpx.get(f"http://127.0.0.1:{port}/stats/requests", trust_env=False).json()["stats"][-1][
                    "num_requests"
                ]
            except httpx.HTTPError:
                continue
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)


def test_unreachable_service_is_reported(tmp_path: Path) -> None:
    done = loadtest("http://127.0.0.1:1", "-u", "1", "-t", "1s", folder=tmp_path)
    assert done.returncode == 1
    assert "http://127.0.0.1:1/symbols" in done.stderr


class InvalidService(BaseHTTPRequestHandler):
    """A service whose quantiles cross."""

    window: Mapping[str, Any]

    def do_GET(self) -> None:
        self._answer({"symbols": ["X"]} if self.path == "/symbols" else self.window)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        values = {"forecast": [1.0], "quantiles": [2.0, 3.0, 2.5, 4.0, 5.0, 6.0, 7.0], "naive": [1.0]}
        outputs = [
            {"name": name, "datatype": "FP64", "shape": [1, 7] if name == "quantiles" else [1], "data": data}
            for name, data in values.items()
        ]
        self._answer({"model_version": "20261124T014500Z-1a2b3c4d", "outputs": outputs})

    def _answer(self, document: Mapping[str, Any]) -> None:
        body = orjson.dumps(document)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def test_invalid_forecasts_count_as_failures(version: Trained, tmp_path: Path) -> None:
    InvalidService.window = {"close": version.series.adjusted[-60:].tolist()}
    with ThreadingHTTPServer(("127.0.0.1", 0), InvalidService) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            done = loadtest(url, "-k", "window", "-u", "1", "-t", "1s", folder=tmp_path)
        finally:
            server.shutdown()
            thread.join()
    assert done.returncode == 1
    assert "failure ratio  at most 0  1" in done.stderr
    assert "quantiles cross" in done.stdout + done.stderr
