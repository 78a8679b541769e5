"""Markdown that the reference is written in."""

from collections.abc import Iterable, Sequence
from typing import Final

WRITTEN_BY: Final = "<!-- written by `make reference` from the code -->"


def page(title: str, *parts: str) -> str:
    """A page of the reference, its parts one below the other."""
    return "\n\n".join((WRITTEN_BY, f"# {title}", *(part.strip() for part in parts))) + "\n"


def section(title: str, *parts: str) -> str:
    """A part of a page under a heading."""
    return "\n\n".join((f"## {title}", *(part.strip() for part in parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars in its cells are written so that they are none of its own."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """A value as code; nothing where it is empty."""
    return f"`{text}`" if str(text) else ""
