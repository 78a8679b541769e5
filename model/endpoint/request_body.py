"""Reading of request bodies: size limit, deadline, shared memory budget."""

import asyncio

from aiohttp import web

from model.contract.errors import InvalidInputError, SlowRequestError, TooLargeError
from model.endpoint.admission import Reservation


async def read_body(request: web.BaseRequest, reservation: Reservation, limit: int, seconds: float) -> bytes:
    """Read the whole body of a request.

    Args:
        request: The request whose body has not been read yet.
        reservation: Counts the bytes against the server's budget.
        limit: Largest body, in bytes.
        seconds: Time in which the body must arrive.

    Raises:
        TooLargeError: The body is larger than the limit, or is announced to be.
        InvalidInputError: The body is compressed, malformed or incomplete.
        SlowRequestError: The body did not arrive in time.
        OverloadedError: The bodies in progress would exceed the server's budget.
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
        _check(len(body), len(body), reservation, limit)
        return body
    try:
        async with asyncio.timeout(seconds):
            return await _collect(request, reservation, limit)
    except TimeoutError as error:
        raise SlowRequestError(f"body: expected all of it within {seconds:g} s") from error
    except web.RequestPayloadError as error:
        raise InvalidInputError(f"body: expected valid chunks, got {' '.join(str(error).split())[:200]}") from error
    except OSError as error:
        raise InvalidInputError("body: the connection ended before it did") from error


async def _collect(request: web.BaseRequest, reservation: Reservation, limit: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        _check(size, len(chunk), reservation, limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _check(size: int, added: int, reservation: Reservation, limit: int) -> None:
    if size > limit:
        raise TooLargeError(f"body: expected at most {limit} bytes, got more")
    reservation.add(added)
