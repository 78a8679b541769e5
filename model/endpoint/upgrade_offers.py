"""Workaround for a bug of aiohttp: it drops data that was read together with a declined `Upgrade` header.

The parser of aiohttp 3.14.5 pauses after a request with an `Upgrade` header. Therefore the header is renamed before it
is parsed. If its name was read in parts, or follows a chunked body, the data is split after each message instead. The
time is linear in the size of the data, and bodies are never changed. Remove this module when aiohttp keeps that data.
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
    """Removes `Upgrade` headers from the data of a connection."""

    __slots__ = ("_body", "_exact", "_head", "_offered")

    def __init__(self) -> None:
        self._offered = False
        self._exact = True  # whether message boundaries are known; they are guessed after a chunked body
        self._head = b""  # end of the incomplete headers, in lower case
        self._body = 0  # remaining bytes of the body

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Iterate over the data to parse: unchanged, unless the connection has sent an `Upgrade` header."""
        if self._body >= len(data) > 0 and not self._offered:
            self._body -= len(data)
            yield data
            return
        text = data.lower()
        begun = start = 0
        if not data:  # makes aiohttp parse the data that it has buffered
            yield data
        while start < len(data):
            if self._body:
                end = min(start + self._body, len(data))
                self._body -= end - start
                piece = data[start:end] if self._offered else b""
            else:
                # After a chunked body, only data that begins with a request line is known to be headers.
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
        """Return the end of the headers that begin or continue at `start`, and update the state of the message."""
        if not self._head:
            start = _EMPTY_LINES.match(text, start).end()  # type: ignore[union-attr]
            if start == len(text):
                return start
        known = self._head[-3:]  # the empty line may have begun in an earlier read
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
