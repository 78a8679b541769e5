"""LitServe: a batched API.

Settings tried: batch timeout 0 to 5 ms (at 0 the worker spins), batch size 32 to 128, fast queue on and off, 1 and 2
workers and API servers. Two API servers have 1.5 times the throughput of one; a second worker makes it slower.
"""

import os
from collections.abc import Sequence
from typing import Any

import litserve
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.forecast_task import Forecaster

f8 = NDArray[np.float64]


class ForecastAPI(litserve.LitAPI):
    """Forecasts windows."""

    def setup(self, device: str) -> None:  # noqa: ARG002  # LitServe's signature
        """Load the network."""
        self._forecaster = Forecaster.from_environment()

    def decode_request(self, request: dict[str, Any]) -> f8:
        """The windows of a request, float64 [n, 60]."""
        return np.array(request["closes"], dtype=np.float64)

    def batch(self, inputs: Sequence[f8]) -> Sequence[f8]:
        """Return the inputs unchanged; `predict` merges them."""
        return inputs

    def predict(self, x: Sequence[f8]) -> list[f8]:
        """Forecast the windows of a batch."""
        return self._forecaster.forecast_batch(x)

    def unbatch(self, output: list[f8]) -> list[f8]:
        """Return the output unchanged; it already has one array per request."""
        return output

    def encode_response(self, output: f8) -> dict[str, Any]:
        """Quantiles in price units, [n, 7]."""
        return {"forecast": output.tolist()}


if __name__ == "__main__":
    api = ForecastAPI(max_batch_size=64, batch_timeout=0.001, api_path="/predict")
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1, fast_queue=True).run(
        host="127.0.0.1",
        port=int(os.environ["BENCHMARK_PORT"]),
        num_api_servers=2,
        log_level="error",
        access_log=False,
        generate_client_file=False,
    )
