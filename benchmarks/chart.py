"""The benchmark as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.measure import Measured
from benchmarks.ratios import BASE, HEADLINE, ratio

_COLOURS: Final = {"a2": "#999999", "b": "#56b4e9", "c": "#0072b2", "d": "#e69f00", "e": "#009e73"}  # Okabe and Ito


def draw(path: Path, found: Sequence[Measured]) -> None:
    """Writes the headline ratios, one group for each quantity, on a logarithmic scale."""
    named = {one.key: one for one in found}
    shown = [key for key in _COLOURS if key in named]
    # Without a time or ids of its own, the picture changes only with what was measured.
    with mpl.rc_context({"svg.hashsalt": "nextclose", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 6.5), layout="constrained")
        axes = figure.subplots()
        height = 0.8 / len(shown)
        for place, key in enumerate(shown):
            values = [ratio(quantity, named[key], named[BASE]).median for quantity in HEADLINE]
            middles = [row + place * height for row in range(len(HEADLINE))]
            axes.hlines(middles, 1, values, color=_COLOURS[key], linewidth=2)
            axes.plot(values, middles, "o", color=_COLOURS[key], markersize=5, label=f"({key}) {named[key].name}")
            for middle, value in zip(middles, values, strict=True):
                axes.text(value * 1.12, middle, f"{value:.3g}", va="center", fontsize=7)
        for row, quantity in enumerate(HEADLINE):
            if quantity.must is not None:
                axes.plot([quantity.must] * 2, [row - height, row + 0.8], color="black", linewidth=1)
        axes.set_xscale("log")
        axes.axvline(1, color="#666666", linewidth=0.8)
        axes.set_yticks([row + 0.4 - height / 2 for row in range(len(HEADLINE))], [one.name for one in HEADLINE])
        axes.invert_yaxis()
        axes.set_xlabel("times better than the textbook server; the black line must be reached")
        axes.set_xlim(right=axes.get_xlim()[1] * 1.6)  # room for the last number
        figure.legend(loc="outside lower center", ncols=2, fontsize=8)
        figure.savefig(path, metadata={"Date": None})
