"""State of the running command in typer's context: options of all commands, and whether a document was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import typer

from model.endpoint.program import configure_logging


@dataclass(slots=True)
class CommandState:
    """State of one command.

    Attributes:
        verbose: Whether to show debug logs, and the traceback of an error.
        json: Whether to write one JSON document instead of text.
        document_written: Whether that document was written.
    """

    verbose: bool = False
    json: bool = False
    document_written: bool = False


# Set while a command runs: output functions read it here instead of taking typer's context as an argument.
_running: Final[ContextVar[CommandState | None]] = ContextVar("running command", default=None)


@contextmanager
def command_state() -> Iterator[CommandState]:
    """Make the state of a command, which `current_state` returns within the block."""
    state = CommandState()
    token = _running.set(state)
    try:
        yield state
    finally:
        _running.reset(token)


def current_state() -> CommandState:
    """The state of the running command; the default outside of commands."""
    return _running.get() or CommandState()


def set_verbose(context: typer.Context, verbose: bool) -> bool:
    """Store `--verbose`."""
    if verbose:
        context.find_root().obj.verbose = True
        configure_logging("debug")
    return verbose


def set_json(context: typer.Context, json: bool) -> bool:
    """Store `--json`."""
    context.find_root().obj.json = json
    return json
