"""The catalogues of the dashboard with all forms of each text."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.pofile import read_po

from dashboard.languages import CATALOGUES

FILES: Final = {path.stem.replace("_", "-"): path for path in CATALOGUES.glob("*.po")}


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def forms(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the texts of a language by key: the plural forms, or one form."""
    return {_strings(message.id)[0]: _strings(message.string) for message in catalogue(FILES[language]) if message.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _strings(value: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
