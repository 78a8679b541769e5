"""Ray Serve: a deployment with request batching.

Settings tried: 1 and 2 replicas, batch wait 0 to 1 ms, with and without HAProxy and the throughput mode. With HAProxy,
which listens on all interfaces, throughput is seven times that of the Python proxy.
"""

import json
import os
import sys
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.peers.forecast_task import Forecaster

f8 = NDArray[np.float64]


@serve.deployment(num_replicas=1, max_ongoing_requests=1024)
class ForecastDeployment:
    """Forecasts windows."""

    def __init__(self) -> None:
        self._forecaster = Forecaster.from_environment()

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0)
    async def forecast(self, windows: list[f8]) -> list[f8]:
        """Forecast the windows of a batch of requests."""
        return self._forecaster.forecast_batch(windows)

    async def __call__(self, request: Request) -> Response:
        """Answer a forecast request, or a GET request as readiness check, which waits until the network is loaded."""
        if request.method == "GET":
            return Response()
        closes: Any = np.array(json.loads(await request.body())["closes"], dtype=np.float64)
        quantiles: Any = await self.forecast(closes)
        return Response(json.dumps({"forecast": quantiles.tolist()}), media_type="application/json")


def main(folder: str) -> None:
    """Serve until a signal arrives. Ray stores its files in `folder`."""
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=80 * 2**20,
        _node_ip_address="127.0.0.1",
        _temp_dir=folder,
    )
    serve.start(
        http_options={"host": "127.0.0.1", "port": int(os.environ["BENCHMARK_PORT"])},
        logging_config={"enable_access_log": False, "log_level": "ERROR"},
    )
    serve.run(ForecastDeployment.bind(), route_prefix="/", blocking=True)  # type: ignore[attr-defined]  # the decorator's


if __name__ == "__main__":
    main(sys.argv[1])
