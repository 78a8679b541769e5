"""Client that plays an HTTP case against a server, and then verifies that a valid request is answered."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from random import Random
from typing import Final

from tests.fuzz.http_cases import HttpCase, request_bytes
from tests.fuzz.http_checks import check_answer
from tests.fuzz.http_wire import AnswerReader
from tests.fuzz.inference_requests import Served, valid_document
from tests.fuzz.invariant_error import InvariantError
from tests.fuzz.json_text import write_json
from tests.fuzz.targets import Address

_IDLE_SECONDS: Final = 0.15  # within which a server answers if it regards the request as complete
_END_SECONDS: Final = 12.0  # within which the server closes a connection whose client closed the sending side
_ANSWER_SECONDS: Final = 25.0


class HttpClient:
    """Plays cases against one server."""

    def __init__(self, address: Address, served: Served) -> None:
        self._address = address
        self._served = served

    async def play(self, case: HttpCase) -> None:
        """Play a case.

        Raises:
            InvariantError: An invariant is violated.
        """
        if not await self._play_case(case):
            async with self._connection() as (reader, writer):
                await self._check_valid(AnswerReader(reader), writer)

    async def _play_case(self, case: HttpCase) -> bool:
        """Play only the case. Returns whether a valid request was then answered on the same connection."""
        async with self._connection() as (reader, writer):
            if case.abort is not None:
                await _send(case, writer)
                _disconnect(writer, reset=case.abort == "reset")
                return False
            sending = asyncio.create_task(_send(case, writer))
            answers = AnswerReader(reader)
            try:
                if not await _check_expected(case, answers):
                    return False
                await sending
                if case.reusable:
                    await self._check_valid(answers, writer)
                    return True
                await _check_end(case, answers, writer)
                return False
            finally:
                sending.cancel()

    async def _check_valid(self, answers: AnswerReader, writer: asyncio.StreamWriter) -> None:
        body = write_json(valid_document(Random(0), self._served, plain=True))  # noqa: S311  # always the same
        identifier = "fuzz-valid"
        writer.write(request_bytes("POST", self._served.path, [("x-request-id", identifier)], body))
        async with _limit(_ANSWER_SECONDS, "a valid request after the case is answered"):
            answer = await answers.read("POST")
        if answer is None:
            raise InvariantError("a valid request after the case: expected a response, the connection was closed")
        check_answer(answer, "POST", {200}, identifier)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with _limit(_ANSWER_SECONDS, "a connection is accepted"):
            reader, writer = await self._address.connect()
        try:
            yield reader, writer
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()


async def _send(case: HttpCase, writer: asyncio.StreamWriter) -> None:
    """Send all parts. The server may close the connection before it has read all of them."""
    with contextlib.suppress(ConnectionError):
        for position, part in enumerate(case.parts):
            if position:
                await asyncio.sleep(case.pause)
            writer.write(part)
            await writer.drain()
        if case.half_close:
            writer.write_eof()


def _disconnect(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    connection = writer.get_extra_info("socket")
    if reset and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _check_expected(case: HttpCase, answers: AnswerReader) -> bool:
    """Check the required responses. Returns whether the connection stays open after them."""
    for position, method in enumerate(case.methods):
        async with _limit(case.patience, f"response {position + 1} of {len(case.methods)} arrives"):
            answer = await answers.read(method)
        if answer is None:
            raise InvariantError(f"expected {len(case.methods)} responses, the connection was closed after {position}")
        check_answer(answer, method, case.statuses, case.identifier)
        if not answer.keep_alive:
            async with _limit(_END_SECONDS, "a connection with 'Connection: close' is closed"):
                after = await answers.read(None)
            if after is not None:
                raise InvariantError(f"a response after the last one: {after}")
            # The server may close the connection when it refuses a request whose body has not arrived yet.
            if position + 1 < len(case.methods) and answer.status < 400:
                raise InvariantError(
                    f"expected {len(case.methods)} responses, the connection was closed after {position + 1}"
                )
            return False
    return True


async def _check_end(case: HttpCase, answers: AnswerReader, writer: asyncio.StreamWriter) -> None:
    """Check further responses, and that the server closes the connection when the client closes its sending side."""
    waiting = asyncio.ensure_future(answers.read(None))
    try:
        await asyncio.wait({waiting}, timeout=_IDLE_SECONDS)
        if not case.half_close:
            with contextlib.suppress(OSError):
                writer.write_eof()
        async with _limit(_END_SECONDS, "the connection of a half-closed client is closed"):
            while (answer := await waiting) is not None:
                check_answer(answer, None, None, None)
                waiting = asyncio.ensure_future(answers.read(None))
    finally:
        waiting.cancel()


@contextlib.asynccontextmanager
async def _limit(seconds: float, event: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise InvariantError(f"timeout after {seconds:g} s: expected that {event}") from error
