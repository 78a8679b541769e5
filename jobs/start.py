"""The console script. The command line takes a moment to import; a signal within it ends as at any other time."""

import signal
import sys
from types import FrameType
from typing import ClassVar

from jobs.exit_codes import ExitCode


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A class of its own: Python remembers a plain KeyboardInterrupt that passed through code of a string, as dataclasses
    make it while they are imported, and then ends by the signal although it was caught.

    `came` stays: a library whose import it ends may tell that as a failure of its own.
    """

    came: ClassVar[bool] = False


def main() -> None:
    """Runs `nextclose`; the status is one of `ExitCode`."""
    try:
        # A signal that whoever started this has turned off stays so, as under nohup.
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
        # Where a service alone is installed there is no typer; what else may be missing is named.
        what = "not installed here" if missing == "typer" else f"not whole here, {missing} is missing"
        sys.stderr.write(f"error: the command line is {what}: it needs nextclose[train], or the jobs image\n")
        sys.exit(ExitCode.FAILED)
    run_command()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    Interrupted.came = True
    raise Interrupted
