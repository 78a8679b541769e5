"""The stock KServe SDK around the SavedModel, with no tuning: what its documentation shows for a custom predictor."""

import os
from typing import Any

import numpy as np
import tensorflow as tf
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid


class Predictor(Model):
    """Calls the SavedModel's signature."""

    def __init__(self, name: str, folder: str) -> None:
        super().__init__(name)
        self._loaded = tf.saved_model.load(folder)
        self._network = self._loaded.signatures["serving_default"]
        self.ready = True

    def predict(self, payload: InferRequest, headers: Any = None, response_headers: Any = None) -> InferResponse:  # noqa: ARG002
        """Computes quantiles."""
        features = payload.inputs[0].as_numpy().astype(np.float32)
        quantiles = self._network(features=tf.constant(features))["quantiles"].numpy()
        output = InferOutput("quantiles", list(quantiles.shape), "FP32")
        output.set_data_from_numpy(quantiles, binary_data=False)
        return InferResponse(payload.id or generate_uuid(), self.name, [output])


if __name__ == "__main__":
    ModelServer(http_port=int(os.environ["BENCHMARK_PORT"]), enable_grpc=False).start(
        [Predictor("nextclose", os.environ["BENCHMARK_NETWORK"])]
    )
