"""The stock KServe SDK as transformer, with no tuning: what its documentation shows for a custom transformer."""

import os
from contextvars import ContextVar
from typing import Any, Final

import joblib
import numpy as np
from kserve import InferInput, InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.model import PredictorConfig

from model.contract.features import prices, window_features

# What the answer of a request needs of its question: last close and volatility.
_ASKED: Final[ContextVar[tuple[Any, Any]]] = ContextVar("asked")


class Transformer(Model):
    """Scales the window before the predictor and its answer after it."""

    def __init__(self, name: str, scaler: str) -> None:
        super().__init__(name)
        self._scaler = joblib.load(scaler)
        self.ready = True

    def preprocess(self, payload: InferRequest, headers: Any = None) -> InferRequest:  # noqa: ARG002  # the SDK's
        """Closes to features."""
        closes = payload.inputs[0].as_numpy()
        features, sigma = window_features(closes)
        _ASKED.set((closes[:, -1], sigma))
        scaled = self._scaler.transform(features.reshape(-1, 3)).reshape(features.shape).astype(np.float32)
        entry = InferInput("features", list(scaled.shape), "FP32")
        entry.set_data_from_numpy(scaled, binary_data=False)
        return InferRequest(self.name, [entry], request_id=payload.id)

    def postprocess(self, result: InferResponse, headers: Any = None, response_headers: Any = None) -> InferResponse:  # noqa: ARG002
        """Quantiles to prices."""
        last, sigma = _ASKED.get()
        forecast = prices(last, sigma, result.outputs[0].as_numpy(), 1.0)
        output = InferOutput("quantiles", list(forecast.shape), "FP64")
        output.set_data_from_numpy(forecast, binary_data=False)
        return InferResponse(result.id, self.name, [output])


if __name__ == "__main__":
    ModelServer(
        http_port=int(os.environ["BENCHMARK_PORT"]),
        enable_grpc=False,
        predictor_config=PredictorConfig(os.environ["BENCHMARK_PREDICTOR"], "v2"),
    ).start([Transformer("nextclose", os.environ["BENCHMARK_SCALER"])])
