"""The stock KServe SDK around the ONNX file, without tuning, like the custom predictor of its documentation."""

import os
from typing import Any

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid

from benchmarks.peers.forecast_task import open_session, run_session, task_from_environment


class Predictor(Model):
    """Runs the network."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._session = open_session(task_from_environment().network)
        self.ready = True

    def predict(self, payload: InferRequest, headers: Any = None, response_headers: Any = None) -> InferResponse:  # noqa: ARG002
        """Compute quantiles."""
        quantiles = run_session(self._session, payload.inputs[0].as_numpy())
        output = InferOutput("quantiles", list(quantiles.shape), "FP32")
        output.set_data_from_numpy(quantiles, binary_data=False)
        return InferResponse(payload.id or generate_uuid(), self.name, [output])


if __name__ == "__main__":
    ModelServer(http_port=int(os.environ["BENCHMARK_PORT"]), enable_grpc=False).start([Predictor("nextclose")])
