"""The V2 service over gRPC: the same values, checks and errors as over HTTP."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import grpc

from model import __version__
from model.contract.errors import ForbiddenError
from model.contract.names import SERVER_NAME
from model.contract.status import status_of
from model.endpoint.deadline import deadline
from model.endpoint.http_app import READ_ONLY_REPOSITORY
from model.endpoint.inference import Inference, is_large
from model.endpoint.payload_worker import LARGE_BYTES
from model.endpoint.replies import REQUEST_ID, error_metadata, forwarded_headers, message_of, request_id
from model.endpoint.server_metrics import track_request
from model.protocol import open_inference as pb
from model.protocol.grpc_messages import decode, read_infer_request, read_message, write_message
from model.protocol.tensors import InferRequest

Metadata = dict[str, str]
Method = Callable[[bytes, Metadata, Any], Awaitable[bytes]]


def rpc_handlers(inference: Inference) -> Any:
    """Make the generic handler of the protocol's service.

    Methods get undecoded messages, so that invalid messages are answered like other invalid requests and large ones are
    decoded in the payload worker.
    """
    methods = _Methods(inference)
    named: dict[str, Method] = {
        "ServerLive": methods.server_live,
        "ServerReady": methods.server_ready,
        "ServerMetadata": methods.server_metadata,
        "ModelReady": methods.model_ready,
        "ModelMetadata": methods.model_metadata,
        "ModelInfer": methods.model_infer,
        "RepositoryModelLoad": methods.load,
        "RepositoryModelUnload": methods.unload,
    }
    handlers = {name: grpc.unary_unary_rpc_method_handler(_handle_errors(method)) for name, method in named.items()}
    return grpc.method_handlers_generic_handler(pb.SERVICE, handlers)


class _Methods:
    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._service = inference.service

    async def server_live(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        decode(pb.ServerLiveRequest, raw)
        return _encode(pb.ServerLiveResponse(live=True))

    async def server_ready(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        decode(pb.ServerReadyRequest, raw)
        return _encode(pb.ServerReadyResponse(ready=await self._service.healthy()))

    async def server_metadata(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        decode(pb.ServerMetadataRequest, raw)
        return _encode(pb.ServerMetadataResponse(name=SERVER_NAME, version=__version__))

    async def model_ready(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        request = decode(pb.ModelReadyRequest, raw)
        self._service.check_name(request.name)
        healthy = await self._service.healthy()
        return _encode(pb.ModelReadyResponse(ready=healthy and request.version in ("", *self._service.versions)))

    async def model_metadata(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        request = decode(pb.ModelMetadataRequest, raw)
        self._service.check_name(request.name, request.version or None)
        return _encode(pb.ModelMetadataResponse(**self._service.metadata()))

    async def model_infer(self, raw: bytes, metadata: Metadata, context: Any) -> bytes:
        inference = self._inference
        with track_request(self._service.role, "grpc"):
            async with inference.budget.open_reservation() as reservation:
                await reservation.extend(len(raw))
                return await self._infer(raw, metadata, context)

    async def _infer(self, raw: bytes, metadata: Metadata, context: Any) -> bytes:
        inference, service = self._inference, self._service
        with inference.admission.admit():
            infer, version = await self._read(raw)
            metadata[REQUEST_ID] = request_id(metadata.get(REQUEST_ID), infer.id)
            # The service has its own deadline for calls without one.
            async with deadline(context.time_remaining()):
                response = await service.infer(infer, version, metadata)
            return await inference.worker.run_if(is_large(response), write_message, response, infer.without_inputs())

    async def _read(self, raw: bytes) -> tuple[InferRequest, str | None]:
        service = self._service
        if len(raw) > LARGE_BYTES:
            arguments = (raw, service.inputs, service.row_limit)
            infer, name, version = await self._inference.worker.run(read_infer_request, *arguments)
            service.check_name(name, version)
            return infer, version
        message = decode(pb.ModelInferRequest, raw)
        version = message.model_version or None
        service.check_name(message.model_name, version)
        return read_message(message, service.inputs, service.row_limit), version

    async def load(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        request = decode(pb.RepositoryModelLoadRequest, raw)
        raise ForbiddenError(f"load of {request.model_name[:60]!r}: {READ_ONLY_REPOSITORY}")

    async def unload(self, raw: bytes, _metadata: Metadata, _context: Any) -> bytes:
        request = decode(pb.RepositoryModelUnloadRequest, raw)
        raise ForbiddenError(f"unload of {request.model_name[:60]!r}: {READ_ONLY_REPOSITORY}")


def _encode(message: Any) -> bytes:
    encoded: bytes = message.SerializeToString()
    return encoded


def _handle_errors(method: Method) -> Callable[[bytes, Any], Awaitable[bytes]]:
    async def call(raw: bytes, context: Any) -> bytes:
        metadata = forwarded_headers(_text_metadata(context.invocation_metadata() or ()))
        try:
            answer = await method(raw, metadata, context)
        except Exception as error:  # the edge of the process: any other error is an internal one
            # Not `context.abort`: it raises an error whose traceback would keep the request in memory.
            identifier = request_id(metadata.get(REQUEST_ID))
            context.set_code(grpc.StatusCode[status_of(error).grpc])
            context.set_details(message_of(error, identifier))
            context.set_trailing_metadata(((REQUEST_ID, identifier), *error_metadata(error).items()))
            return b""
        context.set_trailing_metadata(((REQUEST_ID, request_id(metadata.get(REQUEST_ID))),))
        return answer

    return call


def _text_metadata(pairs: Iterable[tuple[str, str | bytes]]) -> Metadata:
    return {key: value for key, value in pairs if isinstance(value, str)}
