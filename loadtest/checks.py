"""Checks of answers: without them, a load test would count wrong answers as successes."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from model.contract.arrays import f8
from model.contract.levels import LEVELS, MEDIAN
from model.contract.names import FORECAST, NAIVE, QUANTILES
from model.contract.version import is_version

_REQUIRED: Final = (FORECAST, QUANTILES, NAIVE)


def find_fault(version: Any, outputs: Mapping[str, Any], rows: int, naive: f8 | None) -> str | None:
    """Find a fault in an answer.

    Args:
        version: V2's `model_version`.
        outputs: Arrays by name.
        rows: Number of windows in the request.
        naive: Last closes of the windows, float64 [rows], in price units; None if unknown, as for requests by symbol.

    Returns:
        The first fault found, or None.
    """
    if not isinstance(version, str) or not is_version(version):
        return f"expected the name of a version, got {version!r}"
    if missing := [name for name in _REQUIRED if name not in outputs]:
        return f"outputs: missing {', '.join(missing)}"
    forecast, quantiles, last = (np.asarray(outputs[name], dtype=np.float64) for name in _REQUIRED)
    shapes = {FORECAST: (forecast, (rows,)), QUANTILES: (quantiles, (rows, len(LEVELS))), NAIVE: (last, (rows,))}
    for name, (values, shape) in shapes.items():
        if values.shape != shape:
            return f"{name}: expected shape {list(shape)}, got {list(values.shape)}"
        if not (np.isfinite(values) & (values > 0)).all():
            return f"{name}: expected finite prices above zero, got {values.ravel()[:7].tolist()}"
    return _inconsistency(forecast, quantiles, last, naive)


def _inconsistency(forecast: f8, quantiles: f8, last: f8, naive: f8 | None) -> str | None:
    if (np.diff(quantiles, axis=1) < 0).any():
        return f"quantiles cross: {quantiles[(np.diff(quantiles, axis=1) < 0).any(axis=1)][0].tolist()}"
    if not np.array_equal(forecast, quantiles[:, MEDIAN]):
        return "the forecast is not the median of the quantiles"
    if naive is not None and not np.array_equal(last, naive):
        return f"naive: expected the last closes {naive[:3].tolist()}, got {last[:3].tolist()}"
    return None
