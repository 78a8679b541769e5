"""The console script. The command line takes a moment to import; a signal within it ends as at any other time."""

import signal
import sys
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A class of its own: Python remembers a plain KeyboardInterrupt that passed through code of a string, as dataclasses
    make it while they are imported, and then ends by the signal although it was caught.
    """


def main() -> None:
    """Runs `nextclose`; status 130 when interrupted, 1 where only a service is installed."""
    try:
        # A signal that whoever started this has turned off stays so, as under nohup.
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _interrupt)
        from jobs.cli import main as run_command
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except ModuleNotFoundError as err:
        if err.name != "typer":
            raise
        sys.stderr.write(
            "error: the command line is not installed here: it needs nextclose[train], or the jobs image\n"
        )
        sys.exit(1)
    run_command()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted
