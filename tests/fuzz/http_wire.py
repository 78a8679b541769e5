"""Reader for raw HTTP responses. An HTTP library would hide their errors."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from tests.fuzz.invariant_error import InvariantError

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ([ -~]*)")
_HEADER: Final = re.compile(rb"([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*([ -~]*?)[ \t]*")
_HEADER_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response.

    Attributes:
        status: Status code.
        headers: Values by lower-case name.
        body: The body, without chunk framing.
        keep_alive: Whether the server keeps the connection open.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    keep_alive: bool

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise InvariantError(f"answer {self.status}: expected JSON, got {self.body[:200]!r}") from error


class AnswerReader:
    """Reads the responses on one connection in order."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._buffer = bytearray()

    async def read(self, method: str | None) -> Answer | None:
        """Read the next final response; None if the connection ends before its first byte.

        Args:
            method: Method of the request; None if it is unknown how the server parsed the request.

        Raises:
            InvariantError: The response is not HTTP/1.x, or it is truncated.
        """
        while (answer := await self._read_one(method)) is not None and answer.status == 100:
            pass
        return answer

    async def _read_one(self, method: str | None) -> Answer | None:
        while _HEADER_END not in self._buffer:
            if not await self._fill():
                if self._buffer:
                    raise InvariantError(
                        f"the connection ended within the headers of a response: {bytes(self._buffer[:200])!r}"
                    )
                return None
        end = self._buffer.index(_HEADER_END)
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(_HEADER_END)]
        status, version, headers = _parsed(head)
        keep_alive = _keeps_alive(version, headers.get("connection", "").lower())
        without_body = method == "HEAD" or status in {100, 204, 304}
        body = b"" if without_body or await self._is_next(method) else await self._body(headers)
        return Answer(status, headers, body, keep_alive)

    async def _is_next(self, method: str | None) -> bool:
        # The server may have parsed the request as a HEAD request, which has a response without a body.
        if method is not None:
            return False
        if not self._buffer:
            await self._fill()
        return not self._buffer or self._buffer.startswith(b"HTTP/1")

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return await self._chunks()
        if "content-length" not in headers:
            raise InvariantError(f"a response has neither a content length nor chunks: {headers}")
        return await self._take(int(headers["content-length"]))

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._line(), 16):
            body += await self._take(size)
            await self._take(2)
        await self._line()
        return body

    async def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            await self._need_more()
        return await self._take(self._buffer.index(b"\r\n") + 2)

    async def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._need_more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _need_more(self) -> None:
        if not await self._fill():
            raise InvariantError(
                f"the connection ended within the body of a response, after {bytes(self._buffer[-100:])!r}"
            )

    async def _fill(self) -> bool:
        try:
            data = await self._reader.read(2**18)
        except ConnectionError:
            data = b""
        self._buffer += data
        return bool(data)


def _parsed(head: bytes) -> tuple[int, bytes, dict[str, str]]:
    first, *lines = head.split(b"\r\n")
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise InvariantError(f"status line: expected HTTP/1.x, got {first[:100]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise InvariantError(f"header: expected a valid one, got {line[:200]!r}")
        name = header[1].decode().lower()
        if name in headers:
            raise InvariantError(f"header '{name}': expected once, got it twice")
        headers[name] = header[2].decode()
    return int(status[1]), first[:8], headers


def _keeps_alive(version: bytes, connection: str) -> bool:
    return "keep-alive" in connection if version == b"HTTP/1.0" else "close" not in connection
