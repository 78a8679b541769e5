"""Limits on the contents of a request, checked before they are parsed."""

from collections.abc import Sequence, Sized
from math import prod
from typing import Final

from model.contract.errors import TooLargeError
from model.protocol.tensors import TensorSpec

# Entries of a list or object. Clients need far fewer, and this many are cheap to parse.
MAX_ENTRIES: Final = 64
_ALLOWANCE: Final = 1024  # elements of each kind in addition to those of the tensors


def check_entries(field: str, entries: Sized) -> None:
    """Refuse a list or an object with too many entries.

    Raises:
        TooLargeError: There are more than `MAX_ENTRIES`.
    """
    if len(entries) > MAX_ENTRIES:
        raise TooLargeError(f"field '{field}': expected at most {MAX_ENTRIES} entries, got {len(entries)}")


def check_rows(name: str, shape: Sequence[int], row_limit: int) -> None:
    """Refuse a tensor with too many rows.

    Raises:
        TooLargeError: The first dimension exceeds the limit.
    """
    if shape[0] > row_limit:
        raise TooLargeError(f"input '{name}': expected at most {row_limit} rows, got {shape[0]}")


def check_json(text: bytes, specs: Sequence[TensorSpec], row_limit: int) -> None:
    """Refuse JSON text with more elements than the largest valid request has.

    Parsed JSON can take a hundred times the memory of its text. This check counts brackets, braces, quotes and commas
    before the text is parsed.

    Args:
        text: JSON text.
        specs: Inputs of the model.
        row_limit: Largest number of rows in one request.

    Raises:
        TooLargeError: The text has too many lists, objects, strings or values.
    """
    largest = [(row_limit, *spec.shape[1:]) for spec in specs]
    lists = max(sum(prod(shape[:depth]) for depth in range(1, len(shape))) for shape in largest)
    values = max(prod(shape) for shape in largest)
    for kind, found, allowed in (
        ("lists", text.count(b"["), lists),
        ("objects", text.count(b"{"), 0),
        ("strings", text.count(b'"') // 2, row_limit),
        ("values", text.count(b","), values),
    ):
        if found > allowed + _ALLOWANCE:
            raise TooLargeError(f"body: expected at most {allowed + _ALLOWANCE} {kind} in JSON, got {found}")
