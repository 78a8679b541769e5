"""Reading of request bodies: size limit, deadline, shared memory budget."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from model.contract.errors import InvalidInputError, SlowRequestError, TooLargeError
from model.endpoint.admission import UNCOUNTED_BYTES, Reservation

# Pause between reads of a large body, in which other requests are handled.
_READ_PAUSE_SECONDS: Final = 0.002
DISCARD_SECONDS: Final = 5.0
_SMALL_BODY_BYTES: Final = 2**20
_DISCARD_PAUSE_SECONDS: Final = 0.02


async def read_body(request: web.BaseRequest, reservation: Reservation, limit: int, timeout_seconds: float) -> bytes:
    """Read the whole body of a request.

    Args:
        request: A request whose body has not been read.
        reservation: Counts the bytes in the budget of the server.
        limit: Largest body, in bytes.
        timeout_seconds: Time in which the body must arrive.

    Raises:
        TooLargeError: The body, or its declared length, is larger than the limit.
        InvalidInputError: The body is compressed, malformed or incomplete.
        SlowRequestError: The body did not arrive in time.
        OverloadedError: The bodies in progress would exceed the budget of the server.
    """
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        raise InvalidInputError(f"header 'Content-Encoding': expected identity (no compression), got {encoding[:40]!r}")
    coding = request.headers.get("Transfer-Encoding", "chunked").lower()
    if coding != "chunked":
        raise InvalidInputError(f"header 'Transfer-Encoding': expected chunked, got {coding[:40]!r}")
    length = request.content_length
    if length is not None and length > limit:
        raise TooLargeError(f"body: expected at most {limit} bytes, got {length}")
    if request.content.is_eof():
        body = request.content.read_nowait(-1)
        await _reserve_chunk(len(body), len(body), reservation, limit)
        return body
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _collect(request, reservation, limit)
    except TimeoutError as error:
        raise SlowRequestError(f"body: expected all of it within {timeout_seconds:g} s") from error
    except web.RequestPayloadError as error:
        raise InvalidInputError(f"body: expected valid chunks, got {' '.join(str(error).split())[:200]}") from error
    except OSError as error:
        raise InvalidInputError("body: expected all of it, the connection was closed before") from error


async def _collect(request: web.BaseRequest, reservation: Reservation, limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        await _reserve_chunk(size, len(chunk), reservation, limit)
        chunks.append(chunk)
        if size > UNCOUNTED_BYTES:
            await asyncio.sleep(_READ_PAUSE_SECONDS)
    return b"".join(chunks)


async def _reserve_chunk(size: int, added: int, reservation: Reservation, limit: int) -> None:
    if size > limit:
        raise TooLargeError(f"body: expected at most {limit} bytes, got more")
    await reservation.extend(added)


@web.middleware
async def discard_rest(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send the response if it is ready before the body has arrived, and discard the rest of a large body slowly.

    Closing a connection with unread data resets it, and the client may lose the response. aiohttp discards at full
    speed, so that a few endless bodies would delay all other requests. Small bodies, and those that have already
    exceeded their deadline, are left to aiohttp.
    """
    response = await handler(request)
    length = request.content_length
    small = length is not None and length < _SMALL_BODY_BYTES
    # is_eof: completely received; at_eof: also completely read.
    if request.content.is_eof() or small or response.status == HTTPStatus.REQUEST_TIMEOUT:
        return response
    response.force_close()
    await response.prepare(request)
    await response.write_eof()
    with suppress(TimeoutError, web.RequestPayloadError, OSError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while not request.content.at_eof():
                await request.content.readany()
                await asyncio.sleep(_DISCARD_PAUSE_SECONDS)
    return response
