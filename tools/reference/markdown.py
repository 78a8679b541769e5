"""Markdown elements of the reference pages."""

from collections.abc import Iterable, Sequence
from typing import Final

WRITTEN_BY: Final = "<!-- generated from the code by `make reference` -->"


def page(title: str, *parts: str) -> str:
    """Join parts to a page with a title."""
    return "\n\n".join((WRITTEN_BY, f"# {title}", *(part.strip() for part in parts))) + "\n"


def section(title: str, *parts: str) -> str:
    """Join parts to a section with a heading."""
    return "\n\n".join((f"## {title}", *(part.strip() for part in parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; vertical bars in its cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """Format a value as inline code; an empty value stays empty."""
    return f"`{text}`" if str(text) else ""
