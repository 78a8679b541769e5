"""`--help` lists all options; wrong usage prints the usage."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from jobs.cli.app import app
from jobs.cli.exit_codes import ExitCode
from model import __version__
from tests.cli.nextclose import run, run_several

PORTS = ("--host", "--port", "--grpc-port", "--predictor-port", "--predictor-grpc-port")
OPTIONS = {
    "demo": ("--symbol", "--csv", "--source", "--split", "--once", *PORTS),
    "doctor": ("--cluster", "--no-cluster"),
    "collect": ("--symbol", "--csv", "--source", "--split", "--overwrite"),
    "train": ("--symbol", "--from"),
    "evaluate": ("--champion", "--challengers", "--markdown"),
    "export": ("--current", "--no-current"),
    "report": ("VERSION", "--against", "--symbol", "--out", "--open"),
    "versions list": (),
    "versions show": ("VERSION",),
    "versions verify": ("VERSION",),
    "versions prune": ("--keep",),
    "versions use": ("VERSION",),
    "serve": PORTS,
    "forecast": ("--symbol", "--url", "--timeout"),
    "request": ("--symbol", "--date", "--as", "--url", "--grpc"),
    "dashboard": ("--url", "--host", "--port", "--prometheus"),
    "loadtest": (
        "--kind",
        "--profile",
        "--users",
        "--time",
        "--url",
        "--grpc",
        "--p99",
        "--rps",
        "--html",
        "--csv",
        "--web",
    ),
    "bootstrap": ("--symbol",),
    "refresh": ("--symbol", "--dry-run", "--force"),
    "status": ("--last",),
    "promote": ("VERSION",),
    "rollback": (),
    "pause": (),
    "resume": (),
    "pin": ("VERSION",),
    "unpin": (),
}


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_the_options_of_a_command(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    shown = _plain(result.stdout)
    for option in (*OPTIONS[command], "--json", "--verbose"):
        assert option.lower() in shown.lower(), f"{command}: {option}"


def test_option_list_covers_every_command() -> None:
    root = get_command(app)
    names = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # groups have the attribute
        below = getattr(command, "commands", None)
        names |= {f"{name} {part}" for part in below} if below else {name}
    assert names == set(OPTIONS)


def test_help_version_and_wrong_usage(tmp_path: Path) -> None:
    version = run(tmp_path, "--version")
    nothing, shown, unknown, option, value, needed = run_several(
        tmp_path, (), ("-h",), ("colect",), ("train", "--bad"), ("serve", "--port", "none"), ("versions", "use")
    )
    assert "Usage: " in shown.out
    for code in ExitCode:
        assert f" {code.value}  {code.meaning}" in shown.out
    for command in (
        "demo",
        "doctor",
        "collect",
        "train",
        "evaluate",
        "export",
        "versions",
        "serve",
        "forecast",
        "request",
    ):
        assert re.search(rf"\b{command} ", shown.out), command
    assert version.check_success().out == f"nextclose {__version__}\n"
    assert "Usage: " in nothing.out + nothing.err
    for wrong, named in ((unknown, "COLECT"), (option, "--BAD"), (value, "--PORT"), (needed, "VERSION")):
        assert wrong.status == 2
        assert "Usage: " in wrong.err
        assert named in wrong.err.upper()
        assert "Traceback" not in wrong.err
    assert list(tmp_path.iterdir()) == []
