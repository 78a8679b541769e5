"""Which strings are symbols: they become file names, so nothing that a path could be built from passes."""

import re
from typing import Final

from model.contract.errors import SettingsError

# Yahoo Finance's forms: PETR4.SA, ^GSPC, BRL=X, BRK-B, 0700.HK, M&M.NS.
_PATTERN: Final = re.compile(r"[A-Za-z0-9^][A-Za-z0-9^=&_-]*(\.[A-Za-z0-9=&_-]+)*")
_LONGEST: Final = 32


def is_symbol(text: str) -> bool:
    """Whether a text has the form of a symbol: `PETR4.SA`, `^GSPC`, `BRL=X` and `BRK-B` have, `../x` has not."""
    return len(text) <= _LONGEST and _PATTERN.fullmatch(text) is not None


def check_symbol(text: str) -> None:
    """Refuses what is no symbol.

    Raises:
        SettingsError: with the forms that are.
    """
    if not is_symbol(text):
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
        raise SettingsError(f"symbol: expected a form like PETR4.SA, ^GSPC, BRL=X or BRK-B, got {shown!r}")
