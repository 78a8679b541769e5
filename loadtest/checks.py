"""What is wrong with an answer: a load test that only counts status codes would call a broken service fast."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.contract.levels import LEVELS, MEDIAN
from model.contract.names import FORECAST, NAIVE, QUANTILES
from model.contract.version import is_version

f8 = NDArray[np.float64]
_WANTED: Final = (FORECAST, QUANTILES, NAIVE)


def fault_of(version: Any, outputs: Mapping[str, Any], rows: int, naive: f8 | None) -> str | None:
    """What is wrong with an answer; None when nothing is.

    Args:
        version: V2's `model_version`.
        outputs: arrays by name.
        rows: windows that were asked about.
        naive: their last closes, float64 [rows]; None where they are not known, as by symbol.
    """
    if not isinstance(version, str) or not is_version(version):
        return f"expected the name of a version, got {version!r}"
    if missing := [name for name in _WANTED if name not in outputs]:
        return f"outputs are missing: {', '.join(missing)}"
    forecast, quantiles, last = (np.asarray(outputs[name], dtype=np.float64) for name in _WANTED)
    shapes = {FORECAST: (forecast, (rows,)), QUANTILES: (quantiles, (rows, len(LEVELS))), NAIVE: (last, (rows,))}
    for name, (values, shape) in shapes.items():
        if values.shape != shape:
            return f"{name}: expected shape {list(shape)}, got {list(values.shape)}"
        if not (np.isfinite(values) & (values > 0)).all():
            return f"{name}: expected finite prices above zero, got {values.ravel()[:7].tolist()}"
    return _disagreement(forecast, quantiles, last, naive)


def _disagreement(forecast: f8, quantiles: f8, last: f8, naive: f8 | None) -> str | None:
    if (np.diff(quantiles, axis=1) < 0).any():
        return f"quantiles cross: {quantiles[(np.diff(quantiles, axis=1) < 0).any(axis=1)][0].tolist()}"
    if not np.array_equal(forecast, quantiles[:, MEDIAN]):
        return "the forecast is not the median of the quantiles"
    if naive is not None and not np.array_equal(last, naive):
        return f"naive: expected the last closes {naive[:3].tolist()}, got {last[:3].tolist()}"
    return None
