"""Failures of commands: one line on standard error and an exit status; a traceback only with `--verbose`."""

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import rich.traceback

from jobs.cli.exit_codes import ExitCode, exit_code_of
from jobs.cli.interrupt import Interrupted
from jobs.cli.json_output import write_error, write_exit
from jobs.cli.state import CommandState, command_state, current_state
from jobs.cli.terminal import ERR, print_status
from model.contract.errors import NextcloseError
from model.endpoint.program import configure_logging

_OS_REASONS: Final = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "disk quota exceeded",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "read-only file system",
}


def run(command: Callable[[CommandState], object]) -> int:
    """Run a command. Returns the status to exit with, one of `ExitCode`."""
    with command_state() as state:
        try:
            configure_logging("warning")
            command(state)
        except SystemExit as end:
            # On Ctrl-C and SIGTERM typer exits without a message.
            if end.code == ExitCode.INTERRUPTED:
                return _report_interruption()
            status = end.code if isinstance(end.code, int) else ExitCode.FAILED
            write_exit(status, sys.argv[1:])
            return status
        except KeyboardInterrupt:
            return _report_interruption()
        except Exception as error:
            if Interrupted.received:
                return _report_interruption()
            status = report_error(error)
            write_error(error, message_of(error))
            return status
    return ExitCode.DONE


def _report_interruption() -> ExitCode:
    print_status("interrupted")
    write_exit(ExitCode.INTERRUPTED, sys.argv[1:])
    return ExitCode.INTERRUPTED


def report_error(error: Exception) -> ExitCode:
    """Print an error in one line, with `--verbose` after its traceback. Returns the status to exit with."""
    if current_state().verbose:
        ERR.print(rich.traceback.Traceback.from_exception(type(error), error, error.__traceback__))
    sys.stderr.write(f"error: {message_of(error)}\n")
    return exit_code_of(error)


def message_of(error: Exception) -> str:
    """The message of an error in one line."""
    return " ".join(_message(error).split())


def _message(error: Exception) -> str:
    if isinstance(error, NextcloseError):
        return str(error)
    if isinstance(error, OSError):
        reason = _OS_REASONS.get(error.errno or 0, error.strerror or str(error))
        return f"{error.filename}: {reason}" if error.filename else reason
    return f"unexpected {type(error).__name__}: {error} (--verbose shows the traceback)"


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Treat Ctrl-C as the normal end of the block."""
    try:
        yield
    except KeyboardInterrupt:
        print_status("stopped")
