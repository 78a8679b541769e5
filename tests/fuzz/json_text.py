"""JSON text that JSON libraries refuse to write: duplicate keys, unusual numbers, invalid UTF-8."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

DEEPEST: Final = 200  # maximum depth for `write_json`; `nested` makes deeper text


class RawText(bytes):
    """Bytes that are written into JSON unchanged."""

    __slots__ = ()


class DuplicateKey(str):
    """A key that an object may contain in addition to an equal key."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def write_json(value: Any) -> bytes:
    """Write a value as JSON text.

    Args:
        value: A value for `json.dumps`, which may also contain `RawText` and `DuplicateKey`.
    """
    if isinstance(value, RawText):
        return bytes(value)
    if isinstance(value, dict):
        return b"{%b}" % b",".join(json.dumps(str(key)).encode() + b":" + write_json(value[key]) for key in value)
    if isinstance(value, list):
        if value and all(type(one) in {int, float} for one in value):
            return json.dumps(value).encode()
        return b"[%b]" % b",".join(map(write_json, value))
    return json.dumps(value).encode()


def nested(rng: Random, depth: int, inner: bytes = b"1") -> RawText:
    """JSON text with lists or objects nested to a depth."""
    if rng.random() < 0.5:
        return RawText(b"[" * depth + inner + b"]" * depth)
    return RawText(b'{"a":' * depth + inner + b"}" * depth)


_TEXTS: Final = (
    "", " ", "\x00", "\n", "a\r\nb", "ação", "日本", "\U0001f4c8", "\ud800", "a\udfffb", "\ufeff", "\u202e",
    "close", "symbol", "features", "forecast", "quantiles", "naive", "stale", "FP64", "FP32", "BYTES", "BOOL", "INT64",
    "fp64", "nextclose", "PETR4.SA", "^GSPC", "1", "true", "__proto__", "../../etc/passwd", "%00", "{{7*7}}",
    "${jndi:ldap://x}", "'; DROP TABLE x; --", "null", "NaN",
)  # fmt: skip
_NUMBERS: Final[tuple[Any, ...]] = (
    0, 1, -1, 2, 3, 59, 60, 61, 64, 65, 255, 2**16, 2**16 + 1, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53 + 1, 2**63 - 1,
    2**63, -(2**63), 2**64, 2**70, 10**400, -(10**400), 0.0, -0.0, 0.5, 1.0, 60.0, 1e-320, 5e-324, 1e308, -1e308,
    3.5e38, 1.7976931348623157e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
_TOKENS: Final = (
    *(
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"1e-999",
        b"1E+2",
        b"007",
        b"+1",
        b".5",
        b"5.",
        b"0x10",
        b"1_000",
        b"1e",
    ),
    *(b"--1", b"TRUE", b"None", b"undefined", b"'x'", b"", b",", b"[", b"]", b"}", b"/**/1", b"1 2", b"\xef\xbb\xbf1"),
    *(b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\x01"', b'"\\x41"', b'"\\'),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"'),
)


def odd_text(rng: Random) -> str:
    """An unusual string."""
    text = rng.choice(_TEXTS)
    return text * rng.choice((2, 50, 5000)) if rng.random() < 0.1 else text


def odd_number(rng: Random) -> Any:
    """An unusual number."""
    chosen = rng.random()
    if chosen < 0.7:
        return rng.choice(_NUMBERS)
    if chosen < 0.85:
        return rng.randint(-(2**80), 2**80) >> rng.randrange(80)
    return rng.uniform(-1, 1) * 10.0 ** rng.randint(-320, 307)


def odd_value(rng: Random, depth: int = 3) -> Any:
    """A random JSON value, sometimes with text that is not valid JSON."""
    makers = list(_MAKERS)
    (maker,) = rng.choices(makers, [_MAKERS[one] for one in makers])
    return maker(rng, depth)


def _constant(rng: Random, _depth: int) -> Any:
    return rng.choice((None, True, False, [], {}))


def _token(rng: Random, _depth: int) -> RawText:
    return RawText(rng.choice(_TOKENS))


def _deep(rng: Random, _depth: int) -> RawText:
    return nested(rng, rng.choice((3, 20, 500, 1100)))


def _list(rng: Random, depth: int) -> Any:
    return [odd_value(rng, depth - 1) for _ in range(rng.randrange(5))] if depth else []


def _object(rng: Random, depth: int) -> Any:
    return {odd_text(rng): odd_value(rng, depth - 1) for _ in range(rng.randrange(4))} if depth else {}


_MAKERS: Final[dict[Callable[[Random, int], Any], float]] = {
    _constant: 20,
    lambda rng, _: odd_number(rng): 25,
    lambda rng, _: odd_text(rng): 25,
    _token: 6,
    _deep: 4,
    _list: 10,
    _object: 10,
}
