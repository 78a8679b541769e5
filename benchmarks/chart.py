"""The chart of the benchmark."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.measure import Measured
from benchmarks.ratios import CPU, MEMORY, ONNX, P50, P99, RATES, START, Quantity, ratio

_SHOWN: Final = (RATES[32], RATES[128], P50[1], P99[32], CPU[32], MEMORY, START)
_COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
    "#999999",
)  # Okabe and Ito


def draw(path: Path, measured: Sequence[Measured]) -> None:
    """Draw how many times better the ONNX pair is, one group for each quantity, on a logarithmic scale."""
    named = {one.key: one for one in measured}
    others = [one for one in measured if one.key != ONNX]
    # Without dates and random ids, the file changes only with the measurements.
    with mpl.rc_context({"svg.hashsalt": "nextclose", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 9), layout="constrained")
        axes = figure.subplots()
        height = 0.8 / max(len(others), 1)
        for position, (one, colour) in enumerate(zip(others, _COLOURS, strict=False)):
            values = [_times_better(quantity, named[ONNX], one) for quantity in _SHOWN]
            middles = [row + position * height for row in range(len(_SHOWN))]
            axes.hlines(middles, 1, values, color=colour, linewidth=2)
            axes.plot(values, middles, "o", color=colour, markersize=4, label=one.name)
            for middle, value in zip(middles, values, strict=True):
                axes.text(max(value, 1) * 1.12, middle, f"{value:.3g}", va="center", fontsize=7)
        axes.set_xscale("log")
        axes.axvline(1, color="#666666", linewidth=0.8)
        axes.set_yticks([row + 0.4 - height / 2 for row in range(len(_SHOWN))], [one.name for one in _SHOWN])
        axes.invert_yaxis()
        axes.set_xlabel("how many times better the ONNX pair is; left of 1 the other server is better")
        axes.set_xlim(right=axes.get_xlim()[1] * 1.6)  # for the last number
        figure.legend(loc="outside lower center", ncols=4, fontsize=8)
        figure.savefig(path, metadata={"Date": None})


def _times_better(quantity: Quantity, ours: Measured, other: Measured) -> float:
    found = ratio(quantity, ours, other).median
    return found if quantity.more else 1 / found
