"""BentoML: a batchable API.

Settings tried: 1 and 2 workers, batch size 64 and 128, maximum latency 0.01 to 10 s (below 1 s requests are refused).
Two workers have twice the throughput of one.
"""

import bentoml
import numpy as np

from benchmarks.peers.forecast_task import Forecaster


@bentoml.service(
    workers=2,
    traffic={"timeout": 30},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
class ForecastService:
    """Forecasts windows."""

    def __init__(self) -> None:
        self._forecaster = Forecaster.from_environment()

    @bentoml.api(route="/predict", batchable=True, max_batch_size=128, max_latency_ms=10_000)
    def predict(self, closes: np.ndarray) -> np.ndarray:
        """Forecast the windows of a batch, float64 [n, 60] -> float64 [n, 7]."""
        return self._forecaster.forecast(np.asarray(closes, dtype=np.float64))
