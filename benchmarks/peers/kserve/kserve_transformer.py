"""The stock KServe SDK as transformer, without tuning, like the custom transformer of its documentation."""

import os
from contextvars import ContextVar
from typing import Any, Final

from kserve import InferInput, InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.model import PredictorConfig

from benchmarks.peers.forecast_task import task_from_environment

# Last close and volatility of the request, which `postprocess` needs.
_SCALE: Final[ContextVar[tuple[Any, Any]]] = ContextVar("scale")


class Transformer(Model):
    """Scales windows for the predictor, and its quantiles back to prices."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._task = task_from_environment()
        self.ready = True

    def preprocess(self, payload: InferRequest, headers: Any = None) -> InferRequest:  # noqa: ARG002  # the SDK's
        """Turn closes into features."""
        closes = payload.inputs[0].as_numpy()
        features, sigma = self._task.features(closes)
        _SCALE.set((closes[:, -1], sigma))
        entry = InferInput("features", list(features.shape), "FP32")
        entry.set_data_from_numpy(features, binary_data=False)
        return InferRequest(self.name, [entry], request_id=payload.id)

    def postprocess(self, result: InferResponse, headers: Any = None, response_headers: Any = None) -> InferResponse:  # noqa: ARG002
        """Turn quantiles into prices."""
        last, sigma = _SCALE.get()
        forecast = self._task.quantiles_to_prices(last, sigma, result.outputs[0].as_numpy())
        output = InferOutput("quantiles", list(forecast.shape), "FP64")
        output.set_data_from_numpy(forecast, binary_data=False)
        return InferResponse(result.id, self.name, [output])


if __name__ == "__main__":
    ModelServer(
        http_port=int(os.environ["BENCHMARK_PORT"]),
        enable_grpc=False,
        predictor_config=PredictorConfig(os.environ["BENCHMARK_PREDICTOR"], "v2"),
    ).start([Transformer("nextclose")])
