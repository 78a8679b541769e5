"""What commands print: results on standard output, everything else on standard error; colours only on a terminal."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from jobs.document import Document

# NO_COLOR and a terminal that can do nothing: no escape code then, so no bar either.
PLAIN: Final = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
_TERMINAL: Final = False if PLAIN else None  # None: where it is one
# Text is printed as it is: no markup, and a ":smile:" in a path stays what it is.
OUT: Final = Console(highlight=False, soft_wrap=True, emoji=False, force_terminal=_TERMINAL)
ERR: Final = Console(highlight=False, soft_wrap=True, emoji=False, force_terminal=_TERMINAL, stderr=True)


def tell(text: str) -> None:
    """A line about what is going on."""
    ERR.print(text, markup=False)


def show(text: str) -> None:
    """A line of the result; none with `--json`, whose document says all of it."""
    if not Document.wanted:
        OUT.print(text, markup=False)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error; where that is no terminal, one line at the beginning.

    Yields:
        What is called with steps done, steps in all (0: not known) and what is being done.
    """
    if not ERR.is_terminal:
        tell(label)
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
