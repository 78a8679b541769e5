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
_REQUEST_LINE: Final = re.compile(rb"[a-z]+ [^ \r\n]+ http/1\.[01]\r\n")
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n")
_LONGEST_HEAD: Final = 2**16


class UpgradeOffers:
    """Takes upgrade offers out of the data of a connection."""

    __slots__ = ("_body", "_head", "_offered")

    def __init__(self) -> None:
        self._offered = False
        self._head = b""  # headers that have not ended yet, in lower case
        self._body = 0  # bytes of the body that follow

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The data to parse: unchanged, unless the connection has offered an upgrade."""
        if not self._offered:
            text = (self._head + data).lower()
            self._offered = b"\nupgrade:" in text
            if not self._offered:
                self._head = text.rpartition(_END)[2][-_LONGEST_HEAD:]
                yield data
                return
        while data:
            if self._body:
                size = min(self._body, len(data))
                self._body -= size
                yield data[:size]
            else:
                size, is_head = self._next_head(data)
                yield _OFFER.sub(_RENAMED, data[:size]) if is_head else data[:size]
            data = data[size:]

    def _next_head(self, data: bytes) -> tuple[int, bool]:
        """How much of the data belongs to the headers, and whether they are headers at all, not chunks of a body."""
        head = (self._head + data).lower()
        is_head = _REQUEST_LINE.search(head) is not None
        end = head.find(_END)
        if end < 0:
            self._head = head[-_LONGEST_HEAD:]
            return len(data), is_head
        size = end + len(_END) - len(self._head)
        length = _LENGTH.search(head, 0, end + 2)
        self._head, self._body = b"", int(length[1]) if length else 0
        return size, is_head
