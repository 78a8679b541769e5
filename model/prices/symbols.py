"""Validation of symbols. They become file names, so the pattern must not admit parts of a path."""

import re
from typing import Final

from model.contract.errors import SettingsError

# Yahoo Finance's forms: PETR4.SA, ^GSPC, BRL=X, BRK-B, 0700.HK, M&M.NS.
_PATTERN: Final = re.compile(r"[A-Za-z0-9^][A-Za-z0-9^=&_-]*(\.[A-Za-z0-9=&_-]+)*")
_MAX_LENGTH: Final = 32


def is_symbol(text: str) -> bool:
    """Whether a text has the form of a symbol, such as `PETR4.SA`, `^GSPC`, `BRL=X` or `BRK-B`, but not `../x`."""
    return len(text) <= _MAX_LENGTH and _PATTERN.fullmatch(text) is not None


def check_symbol(text: str) -> None:
    """Check that a text has the form of a symbol.

    Raises:
        SettingsError: It does not. The message contains examples of symbols.
    """
    if not is_symbol(text):
        shown = text if len(text) <= _MAX_LENGTH else text[:_MAX_LENGTH] + "..."
        raise SettingsError(f"symbol: expected a form like PETR4.SA, ^GSPC, BRL=X or BRK-B, got {shown!r}")
