"""Adapter for one fault of aiohttp: a declined `Upgrade` offer makes it drop data that was read together with it.

The parser of aiohttp 3.14.5 pauses behind a request that offers an upgrade. The header is therefore renamed before it
is parsed. If its name was read in parts, or follows a chunked body, data is cut behind each message instead. Time is
linear in the data, and bodies are never changed. This module can go when aiohttp keeps that data.
"""

import re
from collections.abc import Iterator
from typing import Final

_END: Final = b"\r\n\r\n"
_OFFER: Final = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_RENAMED: Final = b"ignored"  # as long as the header's name
_LENGTH: Final = re.compile(rb"\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n")
_REQUEST_LINE: Final = re.compile(rb"[\r\n]*[a-z]+ [^ \r\n]+ http/1\.[01]\r\n")
_EMPTY_LINES: Final = re.compile(rb"[\r\n]*")
_LONGEST_HEAD: Final = 2**16


class UpgradeOffers:
    """Takes upgrade offers out of the data of a connection."""

    __slots__ = ("_body", "_exact", "_head", "_offered")

    def __init__(self) -> None:
        self._offered = False
        self._exact = True  # whether the position in the data is known; not behind chunks, whose ends are guessed
        self._head = b""  # the end of headers that are incomplete, in lower case
        self._body = 0  # bytes of the body that follow

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The data to parse: unchanged, unless the connection has offered an upgrade."""
        if self._body >= len(data) > 0 and not self._offered:
            self._body -= len(data)
            yield data
            return
        text = data.lower()
        begun = start = 0
        if not data:  # aiohttp parses what it has kept
            yield data
        while start < len(data):
            if self._body:
                end = min(start + self._body, len(data))
                self._body -= end - start
                piece = data[start:end] if self._offered else b""
            else:
                # Behind chunks, only what begins with a request line is known to be headers.
                exact = self._exact or not (self._head or _REQUEST_LINE.match(text, start) is None)
                end = self._end_of_head(text, start)
                if self._offered:
                    piece = data[start:end]
                    if exact:
                        piece = _OFFER.sub(_RENAMED, piece)
            if self._offered:
                if begun < start:
                    yield data[begun:start]
                yield piece
                begun = end
            start = end
        if begun < len(data):
            yield data[begun:]

    def _end_of_head(self, text: bytes, start: int) -> int:
        """Where the headers that begin or continue at `start` end; sets what is known about the message."""
        if not self._head:
            start = _EMPTY_LINES.match(text, start).end()  # type: ignore[union-attr]
            if start == len(text):
                return start
        known = self._head[-3:]  # the end may have begun in an earlier read
        early = (known + text[start : start + 3]).find(_END)
        found = start + early - len(known) if early >= 0 else text.find(_END, start)
        complete = early >= 0 or found >= 0
        end = found + len(_END) if complete else len(text)
        head = self._head + text[max(start, end - _LONGEST_HEAD) : end]
        self._offered = self._offered or b"\nupgrade:" in head
        if not complete:
            self._head = head[-_LONGEST_HEAD:]
            return end
        length = _LENGTH.search(head)
        self._head, self._body = b"", int(length[1]) if length else 0
        self._exact = self._exact and b"\ntransfer-encoding:" not in head
        return end
