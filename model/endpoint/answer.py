"""From the bytes of a request to those of its answer, whatever web framework carries them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from model.contract.errors import TooLargeError
from model.endpoint.metrics import observed
from model.endpoint.replies import REQUEST_ID, Reply, error_reply, request_id
from model.endpoint.service import Service
from model.protocol.rest import HEADER_LENGTH, read_request, write_response


async def answered(
    service: Service,
    protocol: str,
    headers: Mapping[str, str],
    work: Callable[[dict[str, str]], Awaitable[Reply]],
) -> Reply:
    """Runs the work of one request, counted and timed; never raises for what the request contains.

    Args:
        service: what is served.
        protocol: for metrics: `v2` or `v1`.
        headers: the request's, names in lower case.
        work: gives the answer; it is handed a copy of the headers, in which it sets the request's id once it has read
            the body, where there may be one.
    """
    carried = dict(headers)
    try:
        with observed(service.role, protocol):
            return await work(carried)
    except Exception as error:
        # The edge of the process: what is not ours becomes an internal error.
        return error_reply(error, request_id(carried.get(REQUEST_ID)))


async def answer_v2(
    service: Service,
    path: tuple[str, str | None],
    headers: Mapping[str, str],
    read: Callable[[], Awaitable[bytes]],
) -> Reply:
    """Answers an infer request.

    Args:
        service: what is served.
        path: model name and version (None: the current one) of the URL.
        headers: the request's, names in lower case.
        read: gives the whole body, or raises a `NextcloseError`.
    """

    async def work(carried: dict[str, str]) -> Reply:
        service.check_name(*path)
        body = await read()
        service.check_admission()
        request = read_request(body, headers.get(HEADER_LENGTH), service.inputs)
        carried[REQUEST_ID] = request_id(headers.get(REQUEST_ID), request.id)
        response = await service.infer(request, path[1], carried)
        content, described = write_response(response, request)
        return Reply(content, 200, {REQUEST_ID: carried[REQUEST_ID], **described})

    return await answered(service, "v2", headers, work)


async def read_body(chunks: AsyncIterator[bytes], announced: str | None, limit: int) -> bytes:
    """Reads a body up to a limit, without holding more than that.

    Args:
        chunks: the body as it comes.
        announced: the header `Content-Length`.
        limit: in bytes.

    Raises:
        TooLargeError: it is, or says that it is, larger.
    """
    message = f"body: expected at most {limit} bytes, got"
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise TooLargeError(f"{message} {announced}")
    received = bytearray()
    async for chunk in chunks:
        received += chunk
        if len(received) > limit:
            raise TooLargeError(f"{message} more")
    return bytes(received)
