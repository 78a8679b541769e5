"""How a command ends when it cannot do its work: one line, a stable status, no traceback unless it is asked for."""

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

import rich.traceback

from jobs.document import give_end, give_error
from jobs.exit_codes import ExitCode, exit_code_of
from jobs.start import Interrupted
from jobs.terminal import ERR, tell
from model.contract.errors import NextcloseError
from model.endpoint.program import configure_logging

_OS_REASONS: Final = {
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
}


class Traceback:
    """Whether failures show one: the state that `--verbose` sets for the process."""

    wanted: ClassVar[bool] = False

    @classmethod
    def ask(cls, verbose: bool) -> bool:
        """The callback of `--verbose`."""
        if verbose:
            cls.wanted = True
            configure_logging("debug")
        return verbose


def run(command: Callable[[], object]) -> int:
    """Runs a command and gives the status to exit with, one of `ExitCode`."""
    try:
        configure_logging("warning")
        command()
    except SystemExit as end:
        # typer ends a command by itself, and silently, when Ctrl-C or SIGTERM comes.
        if end.code == ExitCode.INTERRUPTED:
            return _interrupted()
        status = end.code if isinstance(end.code, int) else ExitCode.FAILED
        give_end(status, sys.argv[1:])
        return status
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        if Interrupted.came:
            return _interrupted()
        status = failed(error)
        give_error(error, message_of(error))
        return status
    return ExitCode.DONE


def _interrupted() -> ExitCode:
    tell("interrupted")
    give_end(ExitCode.INTERRUPTED, sys.argv[1:])
    return ExitCode.INTERRUPTED


def failed(error: Exception) -> ExitCode:
    """Tells an error in one line, after its traceback where that is asked for; gives the status to exit with."""
    if Traceback.wanted:
        ERR.print(rich.traceback.Traceback.from_exception(type(error), error, error.__traceback__))
    sys.stderr.write(f"error: {message_of(error)}\n")
    return exit_code_of(error)


def message_of(error: Exception) -> str:
    """What went wrong, in one line."""
    return " ".join(_message(error).split())


def _message(error: Exception) -> str:
    if isinstance(error, NextcloseError):
        return str(error)
    if isinstance(error, OSError):
        reason = _OS_REASONS.get(error.errno or 0, error.strerror or str(error))
        return f"{error.filename}: {reason}" if error.filename else reason
    return f"unexpected {type(error).__name__}: {error} (--verbose shows where)"


@contextmanager
def until_interrupted() -> Iterator[None]:
    """What serves until Ctrl-C ends well by it."""
    try:
        yield
    except KeyboardInterrupt:
        tell("stopped")
