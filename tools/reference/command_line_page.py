"""Reference page of the command line, generated from the application."""

from typing import Final

import typer
from typer.cli import get_docs_for_click

from jobs.cli.app import app
from jobs.cli.exit_codes import ExitCode
from tools.reference.markdown import code, page, table

NAME: Final = "nextclose"
_INTRO: Final = """
This page shows the same texts as `--help`. Commands also read [settings](settings.md) from environment variables. An
error is one line on standard error, and with `--json` also a document on standard output. The exit status gives the
kind of error:
"""


def command_line_page() -> str:
    """Write the page with all commands, as `--help` shows them."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    commands = getattr(group, "commands", {})
    index = table(
        ("command", "description"),
        (
            (f"[{code(f'{NAME} {name}')}](#{NAME}-{name})", (command.help or "").partition("\n")[0])
            for name, command in commands.items()
        ),
    )
    parts = [
        get_docs_for_click(obj=command, ctx=context, indent=1, name=name, call_prefix=NAME)
        for name, command in commands.items()
    ]
    statuses = table(("status", "meaning"), ((str(status.value), status.meaning) for status in ExitCode))
    return page("Command line", _INTRO, statuses, index, *parts)
