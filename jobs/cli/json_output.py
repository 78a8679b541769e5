"""`--json`: the result of a command, or its error, as one JSON document on standard output."""

import sys
from collections.abc import Sequence
from typing import Final

import orjson

from jobs.cli.exit_codes import ExitCode, exit_code_of
from jobs.cli.state import current_state
from model.contract.errors import NextcloseError

# Dataclasses are passed to `_plain`, so that their `to_dict` chooses the fields.
_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATACLASS


def write_document(content: object) -> None:
    """Write the document if `--json` is set.

    Args:
        content: Types that orjson knows, paths, and objects with `to_dict` or `model_dump`. NaN becomes null.
    """
    state = current_state()
    if state.json:
        sys.stdout.write(orjson.dumps(content, default=_plain, option=_OPTIONS).decode())
        # `serve` keeps running after its document, which a caller may be waiting for.
        sys.stdout.flush()
        state.document_written = True


def write_error(error: Exception, message: str) -> None:
    """Write the document of a failed command if `--json` is set and none was written."""
    if not current_state().document_written:
        reason = error.reason if isinstance(error, NextcloseError) else "internal"
        _write_failure(reason, message, exit_code_of(error))


def write_exit(status: int, arguments: Sequence[str]) -> None:
    """Write the document of a command that typer ended before it could write one.

    Args:
        status: Exit status; a document is written for wrong usage and for interruptions only.
        arguments: Arguments of the process, searched for `--json`: after wrong usage typer may not have parsed it.
    """
    reasons: dict[int, tuple[str, str]] = {
        ExitCode.USAGE: ("usage", "wrong usage; see standard error"),
        ExitCode.INTERRUPTED: ("interrupted", "interrupted"),
    }
    if status in reasons and "--json" in arguments and not current_state().document_written:
        current_state().json = True
        reason, message = reasons[status]
        _write_failure(reason, message, status)


def _write_failure(reason: str, message: str, status: int) -> None:
    write_document({"error": {"reason": reason, "message": message, "exit_code": int(status)}})


def _plain(value: object) -> object:
    for name, arguments in (("to_dict", {}), ("model_dump", {"mode": "json"})):
        method = getattr(value, name, None)
        if method is not None:
            return method(**arguments)
    return str(value)
