"""Entry point of the console script. Handles signals from the start: importing the command line takes a while."""

import sys

from jobs.cli.exit_codes import ExitCode
from jobs.cli.interrupt import handle_signals


def main() -> None:
    """Run `nextclose` and exit with one of `ExitCode`."""
    try:
        handle_signals()
        from jobs.cli.app import main as run_command
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
