"""The ONNX file of a version: written from the weights of its SavedModel, and compared with that before it is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.artefact.manifest import ONNX, SAVED_MODEL
from model.contract.errors import TrainingError
from model.contract.features import Scaling, window_features
from model.contract.window import WINDOW, sliding_windows
from model.prices.series import PriceSeries

f8 = NDArray[np.float64]

WINDOWS: Final = 10_000
# Of the quantiles, in sigma. Relative alone would ask for more digits than float32 has, where a median is near zero.
RTOL: Final = 1e-5
ATOL: Final = 1e-6
_BATCH: Final = 1000
_DAILY_VOLATILITY: Final = (0.0005, 0.2)  # of random walks: from a share that hardly moves to one in free fall


def write_onnx_beside(folder: Path, forecaster: Any, series: Sequence[PriceSeries]) -> None:
    """Writes `model.onnx` beside the SavedModel of a folder, and compares both on 10,000 windows.

    Args:
        folder: holds the SavedModel.
        forecaster: network and scaler of that SavedModel.
        series: stored prices, whose windows come first; random walks fill up.

    Raises:
        TrainingError: the file cannot be written, or answers otherwise than the SavedModel.
    """
    from model.serving.onnx_runtime import OnnxRuntime
    from model.serving.tensorflow_runtime import TensorFlowRuntime
    from model.training.onnx_graph import write_onnx

    write_onnx(forecaster.network, folder / ONNX)
    features = Scaling.of(forecaster.scaler).apply(window_features(comparison_windows(series))[0])
    saved = TensorFlowRuntime(folder / SAVED_MODEL, (_BATCH,), xla=False)
    saved.warm()
    expected, found = saved.run(features), OnnxRuntime(folder / ONNX, threads=1).run(features)
    off = ~np.isclose(found, expected, rtol=RTOL, atol=ATOL)
    if off.any():
        row, level = (int(index) for index in np.argwhere(off)[0])
        raise TrainingError(
            f"{ONNX}: expected the answers of the SavedModel, {int(off.sum())} of {off.size} differ; "
            f"the first: {expected[row, level]} -> {found[row, level]}"
        )


def comparison_windows(series: Sequence[PriceSeries], count: int = WINDOWS) -> f8:
    """Windows to compare on, float64 [count, 60]: those of the prices, evenly spread, then random walks."""
    stored = np.concatenate([sliding_windows(one.adjusted) for one in series])
    rows = np.linspace(0, len(stored) - 1, min(len(stored), count)).astype(int)
    random = np.random.default_rng(0)
    walks = count - len(rows)
    low, high = _DAILY_VOLATILITY
    volatility = np.exp(random.uniform(np.log(low), np.log(high), walks))
    steps = random.standard_normal((walks, WINDOW)) * volatility[:, None]
    return np.concatenate([stored[rows], 30.0 * np.exp(np.cumsum(steps, axis=1))])
