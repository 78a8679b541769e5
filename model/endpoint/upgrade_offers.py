"""Adapter for one fault of aiohttp: it drops data that arrives in one read behind a declined `Upgrade` offer.

aiohttp 3.14.5 pauses its parser behind such a request and discards the rest of the read. Data of a connection that
offers an upgrade is therefore fed in pieces that end where messages end. The pieces do not change how messages are
parsed. This module can go when aiohttp keeps that data.
"""

import re
from collections.abc import Iterator
from typing import Final

_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n")
_LONGEST_HEAD: Final = 2**16


class UpgradeOffers:
    """Cuts the data of a connection behind each message, once the connection has offered an upgrade."""

    __slots__ = ("_body", "_head", "_offered")

    def __init__(self) -> None:
        self._offered = False
        self._head = b""  # headers that have not ended yet
        self._body = 0  # bytes of the body that follow

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Cut data into pieces: one, unless an upgrade was offered."""
        if not self._offered:
            text = (self._head + data).lower()
            self._offered = b"\nupgrade:" in text
            if not self._offered:
                self._head = text.rpartition(_END)[2][-_LONGEST_HEAD:]
                yield data
                return
        while data:
            if self._body:
                piece = data[: self._body]
                self._body -= len(piece)
            else:
                piece = self._next_head(data)
            yield piece
            data = data[len(piece) :]

    def _next_head(self, data: bytes) -> bytes:
        """The data up to the end of the headers; sets the length of the body that follows."""
        head = (self._head + data).lower()
        end = head.find(_END)
        if end < 0:
            self._head = head[-_LONGEST_HEAD:]
            return data
        taken = end + len(_END) - len(self._head)
        length = _LENGTH.search(head, 0, end + 2)
        self._head, self._body = b"", int(length[1]) if length else 0
        return data[:taken]
