"""Triton: a model of the Python backend behind the dynamic batcher (settings: config.pbtxt)."""

import os
import sys
from typing import Any

import triton_python_backend_utils as triton

# The backend's interpreter ignores PYTHONPATH.
sys.path.append(os.environ["PYTHONPATH"])
from benchmarks.peers.forecast_task import Forecaster


class TritonPythonModel:
    """Forecasts windows."""

    def initialize(self, args: dict[str, str]) -> None:  # noqa: ARG002  # Triton's signature
        """Load the network."""
        self._forecaster = Forecaster.from_environment()

    def execute(self, requests: list[Any]) -> list[Any]:
        """Forecast the windows of a batch of requests."""
        windows = [triton.get_input_tensor_by_name(request, "close").as_numpy() for request in requests]
        return [
            triton.InferenceResponse([triton.Tensor("quantiles", quantiles)])
            for quantiles in self._forecaster.forecast_batch(windows)
        ]
