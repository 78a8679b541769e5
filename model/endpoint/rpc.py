"""The V2 service over gRPC: the same values, checks and errors as over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceServicer

from model import __version__
from model.contract.errors import ForbiddenError, UnavailableError
from model.contract.names import SERVER_NAME
from model.contract.status import status_of
from model.endpoint.http import CLOSED
from model.endpoint.metrics import observed
from model.endpoint.replies import REQUEST_ID, message_of, request_id
from model.endpoint.service import Service
from model.endpoint.time_limit import within
from model.protocol.rpc import read_message, write_message


class Servicer(GRPCInferenceServiceServicer):  # type: ignore[misc]  # generated without types
    """Every method of the protocol, for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def ServerLive(self, request: Any, context: Any) -> Any:
        """Whether the process works."""
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:
        """Whether requests can be answered."""
        return pb.ServerReadyResponse(ready=await self._service.healthy())

    async def ServerMetadata(self, request: Any, context: Any) -> Any:
        """Name, version and extensions of the server."""
        return pb.ServerMetadataResponse(name=SERVER_NAME, version=__version__)

    async def ModelReady(self, request: Any, context: Any) -> Any:
        """Whether the model, or one version of it, can be asked."""

        async def ready() -> Any:
            self._service.check_name(request.name)
            healthy = await self._service.healthy()
            return pb.ModelReadyResponse(ready=healthy and request.version in ("", *self._service.versions))

        return await _answered(context, ready)

    async def ModelMetadata(self, request: Any, context: Any) -> Any:
        """Inputs, outputs and versions."""

        async def metadata() -> Any:
            self._service.check_name(request.name, request.version or None)
            return pb.ModelMetadataResponse(**self._service.metadata())

        return await _answered(context, metadata)

    async def ModelInfer(self, request: Any, context: Any) -> Any:
        """Answers an inference request."""

        async def infer() -> Any:
            service, version = self._service, request.model_version or None
            with observed(service.role, "grpc"):
                service.check_name(request.model_name, version)
                parsed = read_message(request, service.inputs)
                # A call without a deadline has the service's own.
                with within(context.time_remaining()):
                    response = await service.infer(parsed, version, headers)
                return write_message(response, parsed)

        headers = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        headers[REQUEST_ID] = request_id(headers.get(REQUEST_ID), request.id)
        return await _answered(context, infer, headers[REQUEST_ID])

    async def RepositoryModelLoad(self, request: Any, context: Any) -> Any:
        """Refused."""
        return await _closed(context, f"load of {request.model_name[:60]!r}")

    async def RepositoryModelUnload(self, request: Any, context: Any) -> Any:
        """Refused."""
        return await _closed(context, f"unload of {request.model_name[:60]!r}")


async def _closed(context: Any, what: str) -> Any:
    async def refuse() -> Any:
        raise ForbiddenError(f"{what}: {CLOSED}")

    return await _answered(context, refuse)


async def _answered(context: Any, work: Callable[[], Awaitable[Any]], identifier: str | None = None) -> Any:
    sent = next((value for key, value in context.invocation_metadata() or () if key == REQUEST_ID), None)
    known = request_id(sent, identifier)
    trailing = [(REQUEST_ID, known)]
    context.set_trailing_metadata(tuple(trailing))
    try:
        return await work()
    except Exception as error:
        # The edge of the process: what is not ours becomes an internal error, as in `answer_v2`.
        if isinstance(error, UnavailableError):
            context.set_trailing_metadata((*trailing, ("retry-after", str(error.retry_after))))
        await context.abort(grpc.StatusCode[status_of(error).grpc], message_of(error, known))
