"""Which texts of the page are in a picture, and whether they are still the same."""

import hashlib
import re
import string
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.texts import WORDS

_LONG: Final = 12  # characters; what is shorter is found in other words, too


def texts_in(lines: Sequence[str], language: str) -> dict[str, str]:
    """Keys of the texts that are in a picture, and a digest of each.

    Args:
        lines: pieces of text as they stand on the page: a long sentence is a part of one, a short word is all of one.
        language: of the page.
    """
    return {
        key: digest(sentence)
        for key, sentence in WORDS[language].items()
        if any(_is_in(one, lines) for one in sentence.split("|"))
    }


def changed_since(kept: Mapping[str, str], language: str) -> list[str]:
    """Keys of texts that are others now, or are no more."""
    return [key for key, former in kept.items() if digest(WORDS[language].get(key, "")) != former]


def digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:12]


def _is_in(sentence: str, lines: Sequence[str]) -> bool:
    parts = list(string.Formatter().parse(sentence))
    pattern = "".join(re.escape(text) + (".+" if name is not None else "") for text, name, _, _ in parts)
    long = sum(len(text) for text, _, _, _ in parts) >= _LONG
    return any(re.search(pattern, line) if long else re.fullmatch(pattern, line) for line in lines)
