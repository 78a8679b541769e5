"""Record which texts of the dashboard a screenshot shows, and detect later changes of these texts."""

import hashlib
import re
import string
from collections.abc import Mapping, Sequence
from typing import Final

from tests.dashboard.catalogues import forms

_LONG: Final = 12  # characters; shorter texts also occur within other texts


def texts_in(lines: Sequence[str], language: str) -> dict[str, str]:
    """Return the keys of the texts that a screenshot shows, with a digest of each.

    Args:
        lines: Texts on the page. A long text may be a part of a line; a short text must be a whole line.
        language: Language of the page.
    """
    return {
        key: digest("|".join(sentences))
        for key, sentences in forms(language).items()
        if any(_is_in(one, lines) for one in sentences)
    }


def changed_since(kept: Mapping[str, str], language: str) -> list[str]:
    """Return the keys of texts that have changed or been removed."""
    texts = forms(language)
    return [key for key, recorded in kept.items() if digest("|".join(texts.get(key, ()))) != recorded]


def digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:12]


def _is_in(sentence: str, lines: Sequence[str]) -> bool:
    parts = list(string.Formatter().parse(sentence))
    pattern = "".join(re.escape(text) + (".+" if name is not None else "") for text, name, _, _ in parts)
    long = sum(len(text) for text, _, _, _ in parts) >= _LONG
    return any(re.search(pattern, line) if long else re.fullmatch(pattern, line) for line in lines)
