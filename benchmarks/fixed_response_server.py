"""A server that immediately sends the same response to every request, to measure the client alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

_ANSWER: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class _Fixed(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002  # requests arrive in one read
        self._transport.write(_ANSWER)


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Run the server. The context manager yields its port."""
    server = await asyncio.get_running_loop().create_server(_Fixed, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
