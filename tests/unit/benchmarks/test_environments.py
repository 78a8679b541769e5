"""Environments of the peers are installed once for each lock file, and failures are reported."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import environments
from benchmarks.environments import ServerUnavailableError, install, last_line, locked_version
from benchmarks.other_servers import PEER_NAMES

Finished = subprocess.CompletedProcess[str]
Run = Callable[..., Finished]


def recording(calls: list[list[str]], *, stderr: str = "") -> Run:
    """Make a `subprocess.run` that only creates the folder of an environment, or fails."""

    def run(command: list[str], **_: Any) -> Finished:
        calls.append(command)
        if command[1] == "venv":
            Path(command[-1]).mkdir(parents=True, exist_ok=True)
        return Finished(command, 1 if stderr else 0, "", stderr)

    return run


def test_environment_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    lines: list[str] = []
    monkeypatch.setattr(subprocess, "run", recording(calls))
    assert install("mlserver", lines.append, tmp_path) == tmp_path / "mlserver"
    assert [call[1] for call in calls] == ["venv", "pip"]
    assert "--require-hashes" in calls[1]
    install("mlserver", lines.append, tmp_path)
    assert len(calls) == 2
    assert len(lines) == 1


def test_changed_lock_is_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    lock = tmp_path / "mlserver" / "requirements.txt"
    lock.parent.mkdir()
    monkeypatch.setattr(environments, "PEERS", tmp_path)
    monkeypatch.setattr(subprocess, "run", recording(calls))
    for content in ("one", "two"):
        lock.write_text(content)
        install("mlserver", print, tmp_path / "environments")
    assert len(calls) == 4


def test_failed_installation_names_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", recording([], stderr="error: no route\n\n"))
    with pytest.raises(ServerUnavailableError, match="uv venv failed: error: no route"):
        install("mlserver", print, tmp_path)


def test_missing_uv_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any, **__: Any) -> Finished:
        raise FileNotFoundError("uv")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ServerUnavailableError, match="uv cannot be run"):
        install("mlserver", print, tmp_path)


@pytest.mark.parametrize("peer", PEER_NAMES)
def test_every_peer_has_a_lock_with_hashes(peer: str) -> None:
    lock = (environments.PEERS / peer / "requirements.txt").read_text()
    packages = re.findall(r"^\S+==.*$(?=\n    --hash=sha256:)", lock, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^\S", lock, re.MULTILINE))


def test_version_is_read_from_the_lock() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", locked_version("mlserver", "onnxruntime"))
    with pytest.raises(ValueError, match="mlserver: expected tensorflow"):
        locked_version("mlserver", "tensorflow")


def test_last_line_skips_empty_lines() -> None:
    assert last_line("one\n two \n\n") == "two"
    assert last_line("\n") == "no output"
    assert last_line("x" * 300) == "x" * 200
