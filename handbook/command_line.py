"""The page of the command line, from the application itself."""

from typing import Final

import typer
from typer.cli import get_docs_for_click

from handbook.markdown import code, page, table
from jobs.cli import app
from jobs.exit_codes import ExitCode

NAME: Final = "nextclose"
_INTRO: Final = """
Every command has `--help`, which says the same. Settings are variables as well: [settings](settings.md). An error is
one line on standard error; with `--json` it is a document on standard output too. The exit status says of which kind
it is:
"""


def command_line_page() -> str:
    """All commands, as `--help` shows them."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    commands = getattr(group, "commands", {})
    index = table(
        ("command", ""),
        (
            (f"[{code(f'{NAME} {name}')}](#{NAME}-{name})", (command.help or "").partition("\n")[0])
            for name, command in commands.items()
        ),
    )
    parts = [
        get_docs_for_click(obj=command, ctx=context, indent=1, name=name, call_prefix=NAME)
        for name, command in commands.items()
    ]
    statuses = table(("status", ""), ((str(status.value), status.meaning) for status in ExitCode))
    return page("Command line", _INTRO, statuses, index, *parts)
