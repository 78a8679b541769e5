"""Bytes over gRPC that are no message: the library would answer UNKNOWN, as if the fault were the server's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from model.contract.errors import InvalidInputError
from model.contract.status import status_of


@dataclass(frozen=True, slots=True)
class _Undecodable:
    reason: str


class RefuseUndecodable(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # the library has no types
    """Answers INVALID_ARGUMENT where a request cannot be decoded."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        """Puts a decoder that does not raise before every method of one request and one answer."""
        known = self._known.get(details.method)
        if known is not None:
            return known
        handler = await continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler
        self._known[details.method] = found = _careful(handler)
        return found


def _careful(handler: Any) -> Any:
    def decode(content: bytes) -> Any:
        try:
            return handler.request_deserializer(content)
        except DecodeError as error:
            return _Undecodable(str(error))

    async def answer(request: Any, context: Any) -> Any:
        if isinstance(request, _Undecodable):
            refusal = InvalidInputError(f"message: expected one of the V2 protocol, got other bytes: {request.reason}")
            await context.abort(grpc.StatusCode[status_of(refusal).grpc], " ".join(str(refusal).split())[:200])
        return await handler.unary_unary(request, context)

    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=decode, response_serializer=handler.response_serializer
    )
