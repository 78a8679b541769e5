"""Mutations of valid JSON documents and of bytes."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from tests.fuzz.json_text import DEEPEST, DuplicateKey, RawText, odd_number, odd_text, odd_value, write_json

Container = dict[str, Any] | list[Any]
_COUNTS: Final = (2, 3, 63, 64, 65, 200, 1025, 3000)
_INTERESTING: Final = (
    b"\x00",
    b"\xff",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b" ",
    b"\t",
    b'"',
    b"{",
    b"[",
    b":",
    b",",
    b"\x7f",
    b"%",
)


def mutated_document(rng: Random, document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a document with random changes."""
    changed = copy.deepcopy(document)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        root, *inner = _containers(changed)
        _change(rng, rng.choice(inner) if inner and rng.random() < 0.8 else root)
    return changed


def _containers(value: Any, depth: int = 0) -> Iterator[Container]:
    if isinstance(value, (dict, list)) and depth < DEEPEST:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, (dict, list)):
                yield from _containers(inner, depth + 1)


def _change(rng: Random, container: Container) -> None:
    if isinstance(container, dict):
        _change_object(rng, container)
    else:
        _change_list(rng, container)


def _change_object(rng: Random, container: dict[str, Any]) -> None:
    action = rng.randrange(7)
    if action == 0 or not container:
        container[odd_text(rng)] = odd_value(rng)
        return
    key = rng.choice(list(container))
    if action == 1:
        del container[key]
    elif action == 2:
        container[odd_text(rng)] = container.pop(key)
    elif action == 3:
        container[DuplicateKey(key)] = copy.deepcopy(rng.choice((container[key], odd_value(rng))))
    else:
        container[key] = _replacement(rng, container[key])


def _change_list(rng: Random, container: list[Any]) -> None:
    action = rng.randrange(7)
    if action == 0 or not container:
        container.insert(rng.randint(0, len(container)), odd_value(rng))
        return
    position = rng.randrange(len(container))
    if action == 1:
        del container[position]
    elif action == 2:
        del container[position:]
    elif action == 3 and len(write_json(container)) < 20_000:
        container.extend(copy.deepcopy([container[position]]) * rng.choice(_COUNTS))
    else:
        container[position] = _replacement(rng, container[position])


def _replacement(rng: Random, value: Any) -> Any:
    action = rng.randrange(8)
    if action == 0:
        return [copy.deepcopy(value)]
    if action == 1:
        return {odd_text(rng): copy.deepcopy(value)}
    if action == 2 and isinstance(value, (int, float, str)):
        return _other_type(rng, value)
    if action == 3 and isinstance(value, (int, float)):
        return rng.choice((value + 1, value - 1, -value, value * 10, odd_number(rng)))
    return odd_value(rng)


def _other_type(rng: Random, value: float | str) -> Any:
    if isinstance(value, str):
        return rng.choice(
            (len(value), value.encode("utf-8", "surrogatepass").hex(), value.upper(), value + " ", [*value])
        )
    return rng.choice((str(value), RawText(str(value).encode()), bool(value), RawText(b"%r.0" % value), [value]))


def mutated_bytes(rng: Random, content: bytes) -> bytes:
    """A copy of the bytes with some of them replaced, inserted, deleted or repeated."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        start = rng.randint(0, len(changed))
        end = min(len(changed), start + rng.choice((0, 1, 1, 2, 4, 20)))
        action = rng.randrange(5)
        if action == 0 and end > start:
            changed[start] = rng.randrange(256)
        elif action == 1:
            changed[start:start] = rng.choice(_INTERESTING)
        elif action == 2:
            del changed[start:end]
        elif action == 3:
            changed[start:start] = changed[start:end] * rng.choice((1, 2, 10))
        else:
            changed[start:end] = rng.randbytes(rng.randrange(6))
    return bytes(changed)


def random_parts(rng: Random, content: bytes, most: int = 6) -> tuple[bytes, ...]:
    """The same bytes, split into at most `most` pieces."""
    cuts = sorted(rng.randint(0, len(content)) for _ in range(rng.randint(1, most - 1)))
    return tuple(
        content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True) if start < end
    )
