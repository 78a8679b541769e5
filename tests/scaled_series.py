"""Series with changed prices."""

from dataclasses import replace

import numpy as np

from model.contract.arrays import f8
from model.prices.series import DailyBars, PriceSeries


def scaled(series: PriceSeries, factor: float | f8, *, close: f8 | None = None) -> PriceSeries:
    """Multiply all adjusted prices.

    Args:
        series: The series.
        factor: One factor, or one per session.
        close: Closes as traded; None keeps those of the series.
    """
    bars = series.bars
    changed = DailyBars(bars.open * factor, bars.high * factor, bars.low * factor, bars.volume / np.asarray(factor))
    return replace(
        series, close=series.close if close is None else close, adjusted=series.adjusted * factor, bars=changed
    )
