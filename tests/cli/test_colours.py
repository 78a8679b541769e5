"""Colours are used on terminals only: no escape codes in pipes or with NO_COLOR."""

from pathlib import Path

import pytest

from tests.cli.nextclose import run_several
from tests.cli.terminal import Terminal

ESCAPE = "\x1b"
COMMANDS = (
    ("--help",),
    ("train", "--help"),
    ("train", "--bad"),
    ("versions", "show"),
    ("versions", "show", "--verbose"),
    ("doctor", "--no-cluster"),
    ("bootstrap", "-s", "../x"),
)


def _shown(folder: Path, arguments: tuple[str, ...], **variables: str) -> str:
    terminal = Terminal(folder, *arguments, variables={"COLUMNS": "100", **variables})
    terminal.wait()
    return terminal.shown


@pytest.mark.parametrize("arguments", [("--help",), ("train", "--bad"), ("doctor", "--no-cluster")], ids=" ".join)
def test_terminals_get_colours(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert f"{ESCAPE}[" in _shown(tmp_path, arguments)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_colours_with_no_color_or_a_dumb_terminal(
    arguments: tuple[str, ...], variables: dict[str, str], tmp_path: Path
) -> None:
    shown = _shown(tmp_path, arguments, **variables)
    assert shown.strip()
    assert ESCAPE not in shown


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true"}, {"NEXTCLOSE_LOG_FORMAT": "console"}], ids=str)
def test_no_colours_in_a_pipe(variables: dict[str, str], tmp_path: Path) -> None:
    for arguments, done in zip(COMMANDS, run_several(tmp_path, *COMMANDS, process_variables=variables), strict=True):
        assert done.out + done.err
        assert ESCAPE not in done.out + done.err, arguments


def test_logs_of_a_refresh_follow_the_same_rules(tmp_path: Path) -> None:
    arguments = ("refresh", "--dry-run", "-s", "NONE3.SA")
    assert f"{ESCAPE}[" in _shown(tmp_path, arguments)
    plain = _shown(tmp_path, arguments, NO_COLOR="1")
    assert "step" in plain
    assert ESCAPE not in plain
