"""Adapter for one fault of aiohttp: a declined `Upgrade` offer makes it drop data that was read together with it.

The parser of aiohttp 3.14.5 pauses behind a request that offers an upgrade. On a connection that makes such offers,
the header is therefore renamed before it is parsed, and data is fed in pieces that end where messages end, because the
first offer may have been read in parts. This module can go when aiohttp keeps that data.
"""

import re
from collections.abc import Iterator
from typing import Final

_END: Final = b"\r\n\r\n"
_OFFER: Final = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_RENAMED: Final = b"ignored"  # as long as the header's name
_REQUEST_LINE: Final = re.compile(rb"(?:\r?\n)*[a-z]+ [^ \r\n]+ http/1\.[01]\r\n")
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n")
_LONGEST_HEAD: Final = 2**16


class UpgradeOffers:
    """Takes upgrade offers out of the data of a connection."""

    __slots__ = ("_body", "_head", "_offered")

    def __init__(self) -> None:
        self._offered = False
        self._head = b""  # headers that have not ended yet
        self._body = 0  # bytes of the body that follow

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The data to parse: unchanged, unless the connection has offered an upgrade."""
        found, start = [], 0
        while start < len(data):
            size = min(self._body, len(data) - start)
            self._body -= size
            offers = False
            if not size:
                size, offers = self._next_head(data[start:])
                self._offered = self._offered or offers
            found.append((start, start + size, offers))
            start += size
        if not self._offered:
            yield data
            return
        for start, end, offers in found:
            yield _OFFER.sub(_RENAMED, data[start:end]) if offers else data[start:end]

    def _next_head(self, data: bytes) -> tuple[int, bool]:
        """How much of the data belongs to the headers (or to a chunked body), and whether they offer an upgrade."""
        text = self._head + data
        end = text.find(_END)
        head = text[: min(end + 2, _LONGEST_HEAD) if end >= 0 else _LONGEST_HEAD].lower()
        offers = b"\nupgrade:" in head and _REQUEST_LINE.match(head) is not None
        if end < 0:
            self._head = text[-_LONGEST_HEAD:]
            return len(data), offers
        size = end + len(_END) - len(self._head)
        length = _LENGTH.search(head)
        self._head, self._body = b"", int(length[1]) if length else 0
        return size, offers
