"""Entry point of the console script. Handles signals from the start: importing the command line takes a while."""

import signal
import sys
from types import FrameType
from typing import ClassVar

from jobs.exit_codes import ExitCode


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A subclass, because of `exec`: if a plain KeyboardInterrupt passes through it, as in dataclasses while they are
    imported, Python exits by the signal although the exception was caught.

    Attributes:
        came: Whether a signal was received. A library may replace the exception by another one during its import.
    """

    came: ClassVar[bool] = False


def main() -> None:
    """Run `nextclose` and exit with one of `ExitCode`."""
    try:
        # Signals that the parent process ignores stay ignored, as under nohup.
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _interrupt)
        from jobs.cli import main as run_command
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(ExitCode.INTERRUPTED)
    except ModuleNotFoundError as err:
        missing = (err.name or "").partition(".")[0]
        if missing in {"", "dashboard", "jobs", "loadtest", "model", "transformer"}:
            raise
        # An installation of a service alone lacks typer.
        problem = "not installed" if missing == "typer" else f"incomplete, {missing} is missing"
        sys.stderr.write(f"error: the command line is {problem}: install nextclose[train], or use the jobs image\n")
        sys.exit(ExitCode.FAILED)
    run_command()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    Interrupted.came = True
    raise Interrupted
