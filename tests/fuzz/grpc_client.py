"""Client that plays a gRPC case against a server, and then verifies that a valid call on the same channel succeeds."""

import asyncio
import contextlib
import re
from collections.abc import Collection
from random import Random
from typing import Any, Final

import grpc

from model.protocol import open_inference as pb
from tests.fuzz.grpc_cases import INFER, GrpcCase
from tests.fuzz.inference_requests import Served, valid_message
from tests.fuzz.invariant_error import InvariantError

_PATH: Final = f"/{pb.SERVICE}"
_SECONDS: Final = 25.0
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
# Status codes of gRPC itself, which does not call the service.
_LIBRARY: Final = frozenset({"UNIMPLEMENTED", "CANCELLED", "DEADLINE_EXCEEDED"})
_OPTIONS: Final = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.enable_retries", 0),
)


class GrpcClient:
    """Plays cases against one server. It must be created and closed in a running event loop."""

    def __init__(self, address: str, served: Served) -> None:
        self._address = address
        self._channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
        self._valid = valid_message(Random(0), served, plain=True).SerializeToString()  # noqa: S311  # always the same

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def play(self, case: GrpcCase) -> None:
        """Play a case.

        Raises:
            InvariantError: An invariant is violated.
        """
        if case.wire:
            await self._send_wire(case.content)
        else:
            await self._check_call(case)
        valid = GrpcCase(
            "valid", INFER, self._valid, {"OK"}, (("x-request-id", "fuzz-valid"),), identifier="fuzz-valid"
        )
        await self._check_call(valid, "a valid call after the case, ")

    async def _check_call(self, case: GrpcCase, prefix: str = "") -> None:
        path = case.method if case.method.startswith("/") else f"{_PATH}/{case.method}"
        method = self._channel.unary_unary(path, request_serializer=None, response_deserializer=None)
        compression = grpc.Compression.Gzip if case.gzip else None
        call = method(case.content, timeout=case.timeout, metadata=case.metadata, compression=compression)
        if case.cancel is not None:
            await asyncio.sleep(case.cancel)
            call.cancel()
        try:
            async with asyncio.timeout(_SECONDS):
                code = (await call.code()).name
                details, trailing = await call.details() or "", _texts(await call.trailing_metadata())
                answer = await call if code == "OK" else b""
        except TimeoutError as error:
            raise InvariantError(f"{prefix}no response within {_SECONDS:g} s") from error
        shown = f"{prefix}status {code}, {details[:300]!r}, {trailing}"
        _check_code(code, details, trailing, case.codes, shown)
        if code not in {"OK", *_LIBRARY} and "error-reason" in trailing:
            _check_error(details, trailing, case.identifier, shown)
        if code == "OK" and case.method == INFER:
            _check_outputs(answer)

    async def _send_wire(self, content: bytes) -> None:
        host, port = self._address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                writer.write(content)
                await writer.drain()
                async with asyncio.timeout(0.1):
                    while await reader.read(65_536):
                        pass
        finally:
            writer.transport.abort()


def _check_code(code: str, details: str, trailing: dict[str, str], codes: Collection[str], shown: str) -> None:
    reason = trailing.get("error-reason")
    overloaded = code == "UNAVAILABLE" and reason == "overloaded"
    late = code == "DEADLINE_EXCEEDED" and reason == "deadline_exceeded"
    if code not in codes and not overloaded and not late:
        raise InvariantError(f"expected {' or '.join(sorted(codes))}, got {shown}")
    from_service = code not in {"OK", *_LIBRARY, "RESOURCE_EXHAUSTED"}
    if from_service and not reason:
        raise InvariantError(f"metadata 'error-reason': expected one, got {shown}")
    if "Traceback" in details or "Exception" in details:
        raise InvariantError(f"details: expected no internals, got {shown}")


def _check_error(details: str, trailing: dict[str, str], identifier: str | None, shown: str) -> None:
    got = trailing.get("x-request-id", "")
    if not _ID.fullmatch(got) or identifier not in {None, got}:
        raise InvariantError(f"metadata 'x-request-id': expected {identifier or 'one'}, got {shown}")
    if not details or any(ord(character) < 32 for character in details) or len(details) > 700:
        raise InvariantError(f"details: expected one short line, got {shown}")


def _check_outputs(content: bytes) -> None:
    answer = pb.ModelInferResponse.FromString(content)
    for position, output in enumerate(answer.outputs):
        count = 1
        for size in output.shape:
            count *= size
        contents = output.contents
        values = [*contents.fp32_contents, *contents.fp64_contents]
        if answer.raw_output_contents:
            found = len(answer.raw_output_contents[position]) // {"FP64": 8, "FP32": 4, "BOOL": 1}.get(
                output.datatype, 1
            )
            complete = output.datatype == "BYTES" or found == count
        else:
            complete = len(values) + len(contents.bytes_contents) + len(contents.bool_contents) == count
        if not complete or not all(abs(value) < float("inf") for value in values):
            raise InvariantError(f"output: expected {count} finite values, got {str(output)[:300]}")


def _texts(metadata: Any) -> dict[str, str]:
    return {key: value for key, value in metadata or () if isinstance(value, str)}
