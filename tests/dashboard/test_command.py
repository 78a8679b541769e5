"""The command `nextclose dashboard`."""

import signal
from functools import partial
from pathlib import Path

import httpx

from tests.cli.nextclose import BackgroundCommand, run
from tests.serving.processes import free_ports, wait_until


def _is_healthy(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False).text == "ok"


def test_dashboard_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        (port,) = free_ports(1)
        command = BackgroundCommand(tmp_path, "dashboard", "--port", port, "--url", "http://127.0.0.1:9")
        command.await_text(f"dashboard  http://127.0.0.1:{port}")
        command.await_text("Uvicorn server started")
        wait_until(partial(_is_healthy, port), "the dashboard is healthy")
        done = command.end(number)
        assert done.status == 0, done.err
        assert "Traceback" not in done.err, done.err


def test_invalid_setting_or_port_in_use_is_one_error_line(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert run(tmp_path, "dashboard", "--url", "nowhere").check_failure(2).startswith("--url: ")
    wrong = run(tmp_path, "dashboard", variables={"NEXTCLOSE_DASHBOARD_TIMEOUT": "soon"}).check_failure(2)
    assert wrong.startswith("NEXTCLOSE_DASHBOARD_TIMEOUT: ")
    taken = BackgroundCommand(tmp_path, "dashboard", "--port", port)
    try:
        taken.await_text("Uvicorn server started")
        assert f"port {port} of 127.0.0.1 is in use" in run(tmp_path, "dashboard", "--port", port).check_failure()
    finally:
        taken.stop()
