"""V2 over gRPC, for Locust: with gevent instead of threads."""

from typing import Any

import grpc
import grpc.experimental.gevent
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

from loadtest.payloads import f8
from model.contract.names import CLOSE

grpc.experimental.gevent.init_gevent()

_DTYPES = {"FP64": np.float64, "FP32": np.float32}


class GrpcClient:
    """One channel of one user."""

    def __init__(self, address: str, model: str, timeout: float) -> None:
        """Prepares the channel.

        Args:
            address: host:port.
            model: its name.
            timeout: seconds that a call may take.
        """
        # Each user has a connection of its own, as clients on different machines have.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(address, options=options)
        self._stub = service_pb2_grpc.GRPCInferenceServiceStub(self._channel)
        self._model = model
        self._timeout = timeout

    def ask(self, closes: f8) -> tuple[str, dict[str, Any], int]:
        """Asks about windows, float64 [n, 60].

        Returns:
            Version, arrays by name, and the answer's size in bytes.

        Raises:
            grpc.RpcError: it was not answered.
        """
        request = service_pb2.ModelInferRequest(model_name=self._model)
        request.inputs.add(name=CLOSE, datatype="FP64", shape=closes.shape)
        request.raw_input_contents.append(closes.tobytes())
        answer = self._stub.ModelInfer(request, timeout=self._timeout)
        outputs = {
            output.name: np.frombuffer(raw, _DTYPES[output.datatype]).reshape(tuple(output.shape))
            for output, raw in zip(answer.outputs, answer.raw_output_contents, strict=True)
        }
        return answer.model_version, outputs, answer.ByteSize()

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()
