"""Output of commands: results on standard output, all else on standard error, colours only on terminals."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from jobs.cli.state import current_state

# With NO_COLOR or a dumb terminal no escape codes are written, so there are no progress bars either.
PLAIN: Final = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
_TERMINAL: Final = False if PLAIN else None  # None: detect it
# Text is printed unchanged: a path may contain ":smile:".
OUT: Final = Console(highlight=False, soft_wrap=True, emoji=False, force_terminal=_TERMINAL)
ERR: Final = Console(highlight=False, soft_wrap=True, emoji=False, force_terminal=_TERMINAL, stderr=True)


def print_status(text: str) -> None:
    """Print a line about the progress to standard error."""
    ERR.print(text, markup=False)


def print_result(text: str) -> None:
    """Print a line of the result to standard output; nothing with `--json`, whose document contains it."""
    if not current_state().json:
        OUT.print(text, markup=False)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on standard error, or print the label if it is not a terminal.

    Yields:
        Function to report progress: completed steps, total steps (0: unknown) and a detail to show.
    """
    if not ERR.is_terminal:
        print_status(label)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal) as progress:
        task = progress.add_task(label, total=None, detail="")

        def update(done: int, total: int, detail: str) -> None:
            progress.update(task, completed=done, total=total or None, detail=detail)

        yield update
        finished = progress.tasks[0]
        progress.update(task, completed=finished.total or 1, total=finished.total or 1)
