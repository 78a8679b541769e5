"""The ONNX file of a version: written from the weights of its SavedModel, then compared with the SavedModel."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from model.artefact.manifest import ONNX, SAVED_MODEL
from model.contract.arrays import f8
from model.contract.errors import TrainingError
from model.contract.features import Scaling, window_features
from model.contract.window import WINDOW, sliding_windows
from model.prices.series import PriceSeries

if TYPE_CHECKING:
    from model.training.predict import Forecaster

WINDOWS: Final = 10_000
# Tolerances of quantiles, in sigma. A relative one alone would require more digits than float32 has if a median is
# near zero.
RTOL: Final = 1e-5
ATOL: Final = 1e-6
_BATCH: Final = 1000
_DAILY_VOLATILITY: Final = (0.0005, 0.2)  # range for random walks: from a share that hardly moves to one that crashes


def export_onnx(folder: Path, forecaster: "Forecaster", series: Sequence[PriceSeries]) -> None:
    """Write `model.onnx` next to the SavedModel of a folder, and compare both on 10,000 windows.

    Args:
        folder: Folder with the SavedModel.
        forecaster: Network and scaler of that SavedModel.
        series: Stored prices. Their windows are compared first, then random walks.

    Raises:
        TrainingError: The file cannot be written, or its outputs differ from those of the SavedModel.
    """
    from model.serving.onnx_runtime import OnnxRuntime
    from model.serving.tensorflow_runtime import TensorFlowRuntime
    from model.training.onnx_graph import write_onnx

    write_onnx(forecaster.network, folder / ONNX)
    features = Scaling.of(forecaster.scaler).apply(window_features(comparison_windows(series))[0])
    saved = TensorFlowRuntime(folder / SAVED_MODEL, (_BATCH,), xla=False)
    saved.warm()
    expected, found = saved.run(features), OnnxRuntime(folder / ONNX, threads=1).run(features)
    differs = ~np.isclose(found, expected, rtol=RTOL, atol=ATOL)
    if differs.any():
        row, level = (int(index) for index in np.argwhere(differs)[0])
        raise TrainingError(
            f"{ONNX}: expected the outputs of the SavedModel, {int(differs.sum())} of {differs.size} differ; "
            f"the first: expected {expected[row, level]}, got {found[row, level]}"
        )


def comparison_windows(series: Sequence[PriceSeries], count: int = WINDOWS) -> f8:
    """Make windows for the comparison: those of stored prices, evenly spread, then random walks.

    Args:
        series: Stored prices.
        count: Number of windows.

    Returns:
        float64 [count, 60], in price units.
    """
    stored = np.concatenate([sliding_windows(one.adjusted) for one in series])
    rows = np.linspace(0, len(stored) - 1, min(len(stored), count)).astype(int)
    generator = np.random.default_rng(0)
    walks = count - len(rows)
    low, high = _DAILY_VOLATILITY
    volatility = np.exp(generator.uniform(np.log(low), np.log(high), walks))
    steps = generator.standard_normal((walks, WINDOW)) * volatility[:, None]
    return np.concatenate([stored[rows], 30.0 * np.exp(np.cumsum(steps, axis=1))])
