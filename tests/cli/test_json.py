"""`--json`: every command writes one document to standard output and all other output to standard error."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from jobs.cli.app import app
from tests.cli.nextclose import BackgroundCommand, CommandResult, Ports, run, run_several
from tests.cli.workplace import PipelineRun, Served
from tests.conftest import PricesFile

# Commands without the option.
WITHOUT: frozenset[str] = frozenset()


def _commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for part, one in below.items():
        yield from _commands(one, f"{name} {part}".strip())


def test_every_command_has_the_json_option() -> None:
    commands = dict(_commands(get_command(app)))
    assert len(commands) > 20
    lacking = set()
    for name, command in commands.items():
        found = [one for one in command.params if "--json" in one.opts]
        assert len(found) <= 1
        if not found:
            lacking.add(name)
            continue
        (option,) = found
        assert option.is_flag
        assert option.help.startswith("Write one JSON document"), name
    assert lacking == WITHOUT


def _document(done: CommandResult) -> Any:
    """The document on standard output of a successful command."""
    return json.loads(done.check_success().out)


@pytest.fixture(scope="module")
def place(stepped: PipelineRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    shutil.copytree(stepped.place.data, folder / "data")
    return folder


def test_steps_write_documents(prices_file: PricesFile, tmp_path: Path) -> None:
    symbol = ("-s", prices_file.symbol, "--json")
    collected, trained, evaluated, exported = run_several(
        tmp_path,
        ("collect", "--csv", prices_file.path, *symbol),
        ("train", *symbol),
        ("evaluate", "--json"),
        ("export", "--json"),
    )
    (one,) = _document(collected)["symbols"]
    assert (one["symbol"], one["error"], one["from_store"]) == (prices_file.symbol, None, False)
    assert one["quality"]["rows_kept"] > 1000
    record = _document(trained)
    evaluation = _document(evaluated)
    assert evaluation["measures"]["model"]["mase"] == pytest.approx(1, abs=0.05)
    assert evaluation["gate"]["sentence"].startswith(("Promoted", "Refused"))
    assert Path(tmp_path, evaluation["report"]).is_file()
    version = _document(exported)
    assert version["version"] == record["version"]
    assert version["current"] is True
    for done in (collected, trained, evaluated, exported):
        assert done.err, "progress is shown on standard error"


def test_version_and_promotion_commands_write_documents(place: Path, stepped: PipelineRun) -> None:
    (version,) = stepped.place.registry.versions()
    commands = {
        "list": ("versions", "list"),
        "show": ("versions", "show"),
        "verify": ("versions", "verify"),
        "prune": ("versions", "prune", "--keep", "2"),
        "use": ("versions", "use", version),
        "promote": ("promote", version),
        "pause": ("pause",),
        "resume": ("resume",),
        "pin": ("pin", version),
        "status": ("status",),
        "unpin": ("unpin",),
        "bootstrap": ("bootstrap",),
        "report": ("report",),
        "request": ("request", "-s", stepped.place.symbol),
        "curl": ("request", "-s", stepped.place.symbol, "--as", "curl"),
    }
    finished = run_several(place, *((*arguments, "--json") for arguments in commands.values()))
    found = {name: _document(done) for name, done in zip(commands, finished, strict=True)}
    assert found["list"] == {"current": version, "versions": [version]}
    assert found["show"]["version"] == found["verify"]["version"] == version
    assert found["prune"] == {"removed": []}
    assert found["use"] == {"current": version}
    assert found["promote"]["served"] == version
    assert found["pause"]["paused_since"]
    assert found["resume"] == {"paused_since": None, "pinned": None}
    assert found["pin"]["pinned"] == version
    assert found["unpin"]["pinned"] is None
    assert found["status"]["serving"] == version
    assert found["status"]["hold"]["pinned"] == version
    assert found["bootstrap"] == {"served": version, "address": version, "changed": False}
    assert Path(found["report"]["report"]).is_file()
    assert found["report"]["measures"]["model"]["points"] == 250
    assert found["request"]["request"]["inputs"][0]["shape"] == [1, 60]
    assert found["curl"]["request"].startswith("curl -s ")


def test_forecast_writes_a_document(served: Served) -> None:
    place = served.place
    answer = _document(run(place.folder, "forecast", "-s", place.symbol, "--url", served.ports.url, "--json"))
    assert answer["symbol"] == place.symbol
    assert answer["version"] == place.registry.current()
    lower, upper = answer["intervals"]["90"]
    assert lower <= answer["forecast"] <= upper
    assert answer["data_until"] == str(place.series.last)


def test_loadtest_writes_a_document(served: Served, tmp_path: Path) -> None:
    given = ("-k", "window", "-u", "1", "-t", "1s", "--url", served.ports.url, "--json")
    fine, slow = (run(tmp_path, "loadtest", *given, *more) for more in ((), ("--p50", "0.001")))
    passed, failed = json.loads(fine.out), json.loads(slow.out)
    assert (fine.status, slow.status) == (0, 1)
    assert passed["passed"] is True
    assert passed["missed"] == []
    assert passed["requests"]["window, JSON"]["requests"] == passed["total"]["requests"] > 0
    assert failed["passed"] is False
    assert [one["name"] for one in failed["missed"]] == ["p50"]
    assert "Aggregated" in fine.err, "Locust's tables go to standard error"


def test_serve_writes_its_document_when_ready(place: Path) -> None:
    ports = Ports.free()
    running = BackgroundCommand(place, "serve", *ports.options, "--json")
    try:
        running.await_text('"ready": true')
        found = json.loads(running.out)
        assert found["url"] == ports.url
        assert found["grpc"] == f"127.0.0.1:{ports.grpc}"
    finally:
        running.stop()


def test_errors_are_documents(tmp_path: Path) -> None:
    show, train, setting = run_several(
        tmp_path,
        ("versions", "show", "--json"),
        ("train", "-s", "NONE3.SA", "--json"),
        ("train", "--json"),
        variables=[{}, {}, {"NEXTCLOSE_SEED": "-1"}],
    )
    for done, status, reason in ((show, 5, "no_version"), (train, 3, "unknown_symbol"), (setting, 2, "settings")):
        line = done.check_failure(status)
        assert json.loads(done.out) == {"error": {"reason": reason, "message": line, "exit_code": status}}


def test_wrong_usage_is_a_document(tmp_path: Path) -> None:
    option, value, help_page = run_several(
        tmp_path,
        ("train", "--bad", "--json"),
        ("serve", "--port", "none", "--json"),
        ("train", "--json", "--help"),
    )
    for done in (option, value):
        assert done.status == 2
        assert "Usage: " in done.err
        error = {"reason": "usage", "message": "wrong usage; see standard error", "exit_code": 2}
        assert json.loads(done.out) == {"error": error}
    assert "Usage: " in help_page.out


def test_interruption_is_a_document(place: Path, stepped: PipelineRun) -> None:
    running = BackgroundCommand(place, "train", "-s", stepped.place.symbol, "--json").await_text("training")
    done = running.end(signal.SIGTERM)
    assert json.loads(done.out)["error"] == {"reason": "interrupted", "message": "interrupted", "exit_code": 130}


def test_failed_symbols_are_in_the_document(tmp_path: Path) -> None:
    done = run(tmp_path, "collect", "-s", "PETR4.SA", "--csv", "missing.csv", "--json")
    (one,) = json.loads(done.out)["symbols"]
    assert done.check_failure(3) == one["error"]
    assert one["quality"] is None
