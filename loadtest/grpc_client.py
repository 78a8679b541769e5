"""Open Inference Protocol (V2) gRPC client for Locust, using gevent."""

from typing import Any, NamedTuple

import grpc
import grpc.experimental.gevent
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

from model.contract.arrays import f8
from model.contract.names import CLOSE

# Must run before the first channel is created.
grpc.experimental.gevent.init_gevent()

_DTYPES = {"FP64": np.float64, "FP32": np.float32}


class GrpcResponse(NamedTuple):
    """Response to a request of forecasts.

    Attributes:
        version: Version of the model that answered.
        outputs: Outputs by name.
        size: Size of the response, in bytes.
    """

    version: str
    outputs: dict[str, Any]
    size: int


class GrpcClient:
    """The gRPC channel of one user."""

    def __init__(self, address: str, model: str, timeout: float) -> None:
        """Create the channel.

        Args:
            address: `host:port` of the service.
            model: Name of the model.
            timeout: Timeout of a call, in seconds.
        """
        # A separate connection per user, as for clients on different machines.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(address, options=options)
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)
        self._model = model
        self._timeout = timeout

    def infer(self, closes: f8) -> GrpcResponse:
        """Request forecasts of windows.

        Args:
            closes: Float64 [n, 60], in price units.

        Raises:
            grpc.RpcError: The call failed.
        """
        request = service_pb2.ModelInferRequest(model_name=self._model)
        request.inputs.add(name=CLOSE, datatype="FP64", shape=closes.shape)
        request.raw_input_contents.append(closes.tobytes())
        answer = self._stub.ModelInfer(request, timeout=self._timeout)
        outputs = {
            output.name: np.frombuffer(raw, _DTYPES[output.datatype]).reshape(tuple(output.shape))
            for output, raw in zip(answer.outputs, answer.raw_output_contents, strict=True)
        }
        return GrpcResponse(answer.model_version, outputs, answer.ByteSize())

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()
