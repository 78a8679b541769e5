"""The command line `nextclose`: all commands, grouped for `--help`."""

import os
import sys
from typing import Annotated

import typer

from jobs.cli.commands import (
    bootstrap,
    dashboard,
    demo,
    doctor,
    loadtest,
    promotion,
    refresh,
    report,
    serve,
    status,
    steps,
    versions,
)
from jobs.cli.commands import requests as request_commands
from jobs.cli.exit_codes import exit_codes_text
from jobs.cli.failure import run
from jobs.cli.terminal import PLAIN
from model import __version__

app = typer.Typer(
    name="nextclose",
    help="Daily price forecasts with honest intervals: collect prices, train, evaluate, serve and promote models.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "color": False if PLAIN else None},
    epilog=exit_codes_text(),
)


def _show_version(requested: bool) -> None:
    if requested:
        sys.stdout.write(f"nextclose {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


START = "Start here"
STEPS = "From prices to a version"
SERVING = "Serve and request forecasts"
PROMOTION = "Promote and refresh"

app.command(rich_help_panel=START)(demo.demo)
app.command(rich_help_panel=START)(doctor.doctor)
app.command(rich_help_panel=STEPS)(steps.collect)
app.command(rich_help_panel=STEPS)(steps.train)
app.command(rich_help_panel=STEPS)(steps.evaluate)
app.command(rich_help_panel=STEPS)(steps.export)
app.command(rich_help_panel=STEPS)(report.report)
app.add_typer(versions.app, name="versions", rich_help_panel=STEPS)
app.command(rich_help_panel=SERVING)(serve.serve)
app.command(rich_help_panel=SERVING)(request_commands.forecast)
app.command(rich_help_panel=SERVING)(request_commands.request)
app.command("dashboard", rich_help_panel=SERVING)(dashboard.run_dashboard)
app.command("loadtest", rich_help_panel=SERVING)(loadtest.run_loadtest)
app.command(rich_help_panel=PROMOTION)(bootstrap.bootstrap)
app.command(rich_help_panel=PROMOTION)(refresh.refresh)
app.command(rich_help_panel=PROMOTION)(status.status)
app.command(rich_help_panel=PROMOTION)(promotion.promote)
app.command(rich_help_panel=PROMOTION)(promotion.rollback)
app.command(rich_help_panel=PROMOTION)(promotion.pause)
app.command(rich_help_panel=PROMOTION)(promotion.resume)
app.command(rich_help_panel=PROMOTION)(promotion.pin)
app.command(rich_help_panel=PROMOTION)(promotion.unpin)


def main() -> None:
    """Run the command line and exit with its status."""
    if PLAIN or os.environ.keys() & {"GITHUB_ACTIONS", "PY_COLORS"}:
        # typer assumes a terminal if it finds variables of CI systems. Imported only then: the import is slow.
        from typer import rich_utils

        rich_utils.FORCE_TERMINAL = False if PLAIN else None
    sys.exit(run(lambda state: app(obj=state)))
