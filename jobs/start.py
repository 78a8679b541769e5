"""The console script. The command line takes a moment to import; Ctrl-C within it ends as at any other time."""

import sys


def main() -> None:
    """Runs `nextclose`; status 130 when interrupted."""
    try:
        from jobs.cli import main as run_command
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    run_command()
