"""Upgrade offers: data after an offer is split at the ends of messages, and other data is unchanged."""

import re
import time
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.endpoint.upgrade_offers import UpgradeOffers

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
POST = b"POST /infer HTTP/1.1\r\nHost: a\r\n"
GET = b"GET /v2 HTTP/1.1\r\nHost: a\r\n"
BODY = b'{"inputs": []}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKS = b"e\r\n" + BODY + b"\r\n0\r\n\r\n"

PLAIN = POST + LENGTH + b"\r\n" + BODY
WITH_LENGTH = POST + LENGTH + OFFER + b"\r\n" + BODY
OFFER_FIRST = POST + OFFER + LENGTH + b"\r\n" + BODY
LOWER = WITH_LENGTH.replace(b"Content-Length: ", b"content-length:").replace(b"Upgrade: ", b"UPGRADE:")
CHUNKED = POST + OFFER + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
OFFER_GET = GET + OFFER + b"\r\n"
EMPTY = POST + OFFER + b"Content-Length: 0\r\n\r\n"
STREAMS = {
    "content-length": [WITH_LENGTH, PLAIN],
    "offer before content-length": [OFFER_FIRST, PLAIN],
    "other case": [LOWER, PLAIN],
    "chunked": [CHUNKED, PLAIN],
    "GET": [OFFER_GET, PLAIN],
    "empty body": [EMPTY, PLAIN],
    "offers only": [WITH_LENGTH, OFFER_GET, CHUNKED, WITH_LENGTH],
    "after plain requests": [PLAIN, GET + b"\r\n", WITH_LENGTH, PLAIN],
    "after a chunked request": [POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, WITH_LENGTH, PLAIN],
}
LONG = [POST + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000, WITH_LENGTH, PLAIN]


def _pieces(*parts: bytes) -> list[bytes]:
    offers = UpgradeOffers()
    return [piece for part in parts for piece in offers.pieces(part)]


def _without_offers(data: bytes) -> bytes:
    """Data in which all `Upgrade` headers have the name that the parser ignores."""
    return re.sub(rb"(?i)\nupgrade:", b"\nignored:", data)


def _ends(messages: list[bytes]) -> set[int]:
    """End positions of the first message with an offer and of all later messages."""
    first = next(number for number, message in enumerate(messages) if b"\nupgrade:" in message.lower())
    return set(list(accumulate(map(len, messages)))[first:])


@pytest.mark.parametrize("messages", [*STREAMS.values(), LONG], ids=[*STREAMS, "after a long request"])
def test_pieces_end_where_messages_end_for_every_split(messages: list[bytes]) -> None:
    data, ends = b"".join(messages), _ends(messages)
    for split in range(max(1, len(data) - 1000), len(data)):
        pieces = _pieces(data[:split], data[split:])
        assert _without_offers(b"".join(pieces)) == _without_offers(data)
        assert all(pieces)
        assert ends <= set(accumulate(map(len, pieces))), f"split at {split}"


@pytest.mark.parametrize("messages", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_pieces_end_where_messages_end_in_small_reads(messages: list[bytes], size: int) -> None:
    data = b"".join(messages)
    pieces = _pieces(*(data[start : start + size] for start in range(0, len(data), size)))
    assert _without_offers(b"".join(pieces)) == _without_offers(data)
    assert _ends(messages) <= set(accumulate(map(len, pieces)))


@pytest.mark.parametrize(
    "parts",
    [
        [PLAIN, PLAIN, GET + b"\r\n"],
        [PLAIN + PLAIN],
        [PLAIN[:30], PLAIN[30:] + PLAIN],
        [b'{"upgrade:": 1}', b"upgrade: h2c\r\n\r\n"],
        [b"x" * 100_000, b"y" * 100_000],
        [b"\x16\x03\x01\x00", b"\xff" * 100],
    ],
)
def test_data_without_an_offer_is_not_split(parts: list[bytes]) -> None:
    assert _pieces(*parts) == parts


BODIES = {
    "offer": b"x\nupgrade: x\r\ncontent-length: 9999\r\n\r\n",
    "request with an offer": b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("offer", [b"", OFFER], ids=["plain", "after an offer"])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_is_never_changed(body: bytes, offer: bytes, *, chunked: bool) -> None:
    if chunked:
        head, sent = POST + offer + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    else:
        head, sent = POST + offer + b"Content-Length: %d\r\n\r\n" % len(body), body
    data = head + sent
    for split in range(1, len(data)):
        assert b"".join(_pieces(data[:split], data[split:])).endswith(sent), f"split at {split}"


FLOODS = {
    "empty lines": b"\r\n\r\n" * 65_000,
    "requests": (GET + b"\r\n") * 8000,
    "letters": b"a" * 260_000,
    "words": b"a " * 130_000,
    "lines": b"a\r\n" * 80_000,
    "offers": OFFER_GET * 2500,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("size", [2**18, 2**12])
def test_flood_is_handled_quickly(flood: bytes, size: int) -> None:
    # A server reads up to 256 KiB in one call, and other requests wait while they are processed.
    parts = [flood[start : start + size] for start in range(0, len(flood), size)]
    began = time.perf_counter()
    pieces = _pieces(WITH_LENGTH, *parts)
    assert time.perf_counter() - began < 1
    assert sum(map(len, pieces)) == len(WITH_LENGTH) + len(flood)


@given(
    st.lists(st.sampled_from([WITH_LENGTH, PLAIN, CHUNKED, OFFER, b"\r\n\r\n", b"\r", b"\n"]) | st.binary(max_size=30))
)
def test_pieces_contain_all_data(parts: list[bytes]) -> None:
    pieces = _pieces(*parts)
    assert _without_offers(b"".join(pieces)) == _without_offers(b"".join(parts))
