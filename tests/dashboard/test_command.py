"""`nextclose dashboard` as a program."""

import signal
from pathlib import Path

import httpx

from tests.cli.nextclose import Running, run
from tests.serving.processes import free_ports, until


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        (port,) = free_ports(1)
        command = Running(tmp_path, "dashboard", "--port", port, "--url", "http://127.0.0.1:9")
        command.await_text(f"dashboard  http://127.0.0.1:{port}")
        command.await_text("Uvicorn server started")
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False).text == "ok", "healthy")  # noqa: B023
        done = command.end(number)
        assert done.status == 0, done.err
        assert "Traceback" not in done.err, done.err


def test_wrong_settings_are_told_in_one_line(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert run(tmp_path, "dashboard", "--url", "nowhere").failed(2).startswith("--url: ")
    wrong = run(tmp_path, "dashboard", variables={"NEXTCLOSE_DASHBOARD_TIMEOUT": "soon"}).failed(2)
    assert wrong.startswith("NEXTCLOSE_DASHBOARD_TIMEOUT: ")
    taken = Running(tmp_path, "dashboard", "--port", port)
    try:
        taken.await_text("Uvicorn server started")
        assert f"port {port} of 127.0.0.1 is taken" in run(tmp_path, "dashboard", "--port", port).failed()
    finally:
        taken.stop()
