"""MLServer: a custom runtime behind adaptive batching.

Settings tried: batch time 0 to 20 ms, batch size 16 to 64, 0 to 2 parallel workers. On two cores parallel workers cost
more than they gain, and a batch time above 0.1 ms only adds latency.
"""

import numpy as np
from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from benchmarks.peers.forecast_task import Forecaster


class ForecastModel(MLModel):
    """Forecasts windows."""

    async def load(self) -> bool:
        """Load the network."""
        self._forecaster = Forecaster.from_environment()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Forecast the windows of a batch, which MLServer has merged into one request."""
        entry = payload.inputs[0]
        closes = np.array(entry.data.root, dtype=np.float64).reshape(entry.shape)
        quantiles = self._forecaster.forecast(closes)
        output = ResponseOutput(
            name="quantiles", shape=list(quantiles.shape), datatype="FP64", data=quantiles.ravel().tolist()
        )
        return InferenceResponse(model_name=self.name, outputs=[output])
