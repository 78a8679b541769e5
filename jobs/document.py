"""`--json`: the result of a command as one JSON document on standard output, also where the command fails."""

import sys
from collections.abc import Sequence
from typing import ClassVar, Final

import orjson

from jobs.exit_codes import ExitCode, exit_code_of
from model.contract.errors import NextcloseError

# Dataclasses say by `to_dict` what of them is told.
_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATACLASS


class Document:
    """Whether a document is wanted instead of text, and was written: the state that `--json` sets for the process."""

    wanted: ClassVar[bool] = False
    written: ClassVar[bool] = False

    @classmethod
    def ask(cls, wanted: bool) -> bool:
        """The callback of `--json`."""
        cls.wanted, cls.written = wanted, False
        return wanted


def give(content: object) -> None:
    """Writes the document where one is wanted: what orjson knows, paths, and what has `to_dict` or `model_dump`.

    Numbers that JSON has not become null.
    """
    if Document.wanted:
        sys.stdout.write(orjson.dumps(content, default=_plain, option=_OPTIONS).decode())
        # Read by whoever waits for it, while `serve` goes on.
        sys.stdout.flush()
        Document.written = True


def give_error(error: Exception, message: str) -> None:
    """Writes the document of a command that failed, where one is wanted and none was written."""
    if not Document.written:
        reason = error.reason if isinstance(error, NextcloseError) else "internal"
        _give_failure(reason, message, exit_code_of(error))


def give_end(status: int, arguments: Sequence[str]) -> None:
    """Writes the document of a command that typer ended before it had any, where its arguments ask for one.

    Args:
        status: wrong usage or an interruption; nothing is written for another one.
        arguments: of the process: the option itself is not read where another one cannot be.
    """
    words: dict[int, tuple[str, str]] = {
        ExitCode.USAGE: ("usage", "wrong usage: standard error says what"),
        ExitCode.INTERRUPTED: ("interrupted", "interrupted"),
    }
    if status in words and "--json" in arguments and not Document.written:
        Document.ask(wanted=True)
        reason, message = words[status]
        _give_failure(reason, message, status)


def _give_failure(reason: str, message: str, status: int) -> None:
    give({"error": {"reason": reason, "message": message, "exit_code": int(status)}})


def _plain(value: object) -> object:
    for name, arguments in (("to_dict", {}), ("model_dump", {"mode": "json"})):
        method = getattr(value, name, None)
        if method is not None:
            return method(**arguments)
    return str(value)
