"""The forecast of all peers, from 60 closes to prices, with numpy and ONNX Runtime.

Peers import this module and `model.contract` from the checkout through PYTHONPATH. Other parts of nextclose must not be
imported here, because it is not installed in the peers' environments.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.contract.features import Scaling, quantiles_to_prices, window_features
from model.contract.names import FEATURES, RAW_QUANTILES
from model.contract.window import check_windows

TASK_VARIABLE: Final = "BENCHMARK_TASK"

f4 = NDArray[np.float32]
f8 = NDArray[np.float64]


class ForecastTask:
    """The computations before and after the network.

    Attributes:
        network: Path of the ONNX file.
    """

    def __init__(self, path: Path) -> None:
        """Read a task file.

        Args:
            path: JSON with the keys network (path of the ONNX file), mean, scale (of the scaler, 3 numbers each) and
                shrink (0 or 1).
        """
        task = json.loads(path.read_text())
        self.network: str = task["network"]
        self._scaling = Scaling(*(np.array(task[name], dtype=np.float32) for name in ("mean", "scale")))
        self._shrink: float = task["shrink"]

    def features(self, closes: f8) -> tuple[f4, f8]:
        """Standardised features float32 [n, 59, 3] and volatility float64 [n] of windows float64 [n, 60].

        Raises:
            InvalidInputError: A close is not finite, not positive or jumps.
        """
        check_windows(closes)
        features, sigma = window_features(closes)
        return self._scaling.apply(features), sigma

    def quantiles_to_prices(self, last: f8, sigma: f8, quantiles: NDArray[np.floating]) -> f8:
        """Convert the network's quantiles [n, 7] to prices, float64 [n, 7]; `last` are the last closes, float64 [n]."""
        return quantiles_to_prices(last, sigma, quantiles, self._shrink)


class Forecaster:
    """The complete task in one process."""

    def __init__(self, task: ForecastTask) -> None:
        """Load the network."""
        self._task = task
        self._session = open_session(task.network)

    @classmethod
    def from_environment(cls) -> "Forecaster":
        """Load the task file given by BENCHMARK_TASK."""
        return cls(task_from_environment())

    def forecast(self, closes: f8) -> f8:
        """Quantiles of the next close, float64 [n, 60] -> float64 [n, 7], both in price units.

        Raises:
            InvalidInputError: A close is not finite, not positive or jumps.
        """
        features, sigma = self._task.features(closes)
        return self._task.quantiles_to_prices(closes[:, -1], sigma, run_session(self._session, features))

    def forecast_batch(self, requests: Sequence[f8]) -> list[f8]:
        """Forecast the windows of several requests together, float64 [n_i, 60] -> float64 [n_i, 7]."""
        ends = np.cumsum([len(closes) for closes in requests])
        return np.split(self.forecast(np.concatenate(requests)), ends[:-1])


def task_from_environment() -> ForecastTask:
    """Read the task file given by BENCHMARK_TASK."""
    return ForecastTask(Path(os.environ[TASK_VARIABLE]))


def open_session(network: str) -> Any:
    """Open an ONNX file with nextclose's settings: one thread, which does not spin when idle."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def run_session(session: Any, features: f4) -> f4:
    """Quantiles in units of sigma, float32 [n, 59, 3] -> float32 [n, 7]."""
    quantiles: f4 = session.run([RAW_QUANTILES], {FEATURES: features})[0]
    return quantiles
