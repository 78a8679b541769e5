"""A dashboard as one plot: panels at Grafana's positions, each with title, unit, legend and thresholds."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmarks.dashboards.panels import Dashboard, Panel
from benchmarks.dashboards.prometheus import Series
from benchmarks.dashboards.units import axis_label, format_value

NOTHING: Final = "no data in this run"
_DAY: Final = 86400.0  # seconds; matplotlib counts days since 1970
_COLUMNS: Final = 24
_WIDTH: Final = 16.0  # inches
_UNIT: Final = 0.34  # inches per unit of height in Grafana's grid
_LEFT: Final = 0.72  # inches to the left of the axes of a line chart
_RIGHT: Final = 0.36
_HEAD: Final = 0.9  # inches for the title
_LINES: Final = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#666666")  # Okabe and Ito
_COLOURS: Final = {"green": "#1a7f37", "yellow": "#b58900", "red": "#c4162a"}
_SHOWN: Final = 8  # maximum number of names in a legend


@dataclass(frozen=True, slots=True)
class DashboardData:
    """The data of a dashboard in a run.

    Attributes:
        series: Name and data of each series, by the index of the panel.
        begin: Start of the run, in seconds since 1970.
        end: End of the run, in seconds since 1970.
        marks: Colour and time, in seconds since 1970, of each annotation.
    """

    series: Mapping[int, Sequence[tuple[str, Series]]]
    begin: float
    end: float
    marks: Sequence[tuple[str, float]] = field(default=())


def draw(path: Path, dashboard: Dashboard, found: DashboardData, caption: str) -> None:
    """Write the plot of a dashboard, with a caption that describes the data."""
    units = max(panel.place.y + panel.place.height for panel in dashboard.panels)
    height = units * _UNIT + _HEAD
    # Without dates and random ids, the file changes only with the measurements.
    with mpl.rc_context({"svg.hashsalt": "nextclose", "svg.fonttype": "none", "font.size": 7.5}):
        figure = Figure(figsize=(_WIDTH, height))
        figure.text(0.01, 1 - 0.3 / height, f"Panels of “{dashboard.title}”", fontsize=14, weight="bold", va="center")
        figure.text(0.01, 1 - 0.62 / height, caption, fontsize=9, va="center", color="#444444")
        for number, panel in enumerate(dashboard.panels):
            at = panel.place
            left, width = at.x / _COLUMNS, at.width / _COLUMNS
            bottom = 1 - (_HEAD + (at.y + at.height) * _UNIT) / height
            cell = (left, bottom, width, at.height * _UNIT / height)
            if panel.kind == "row":
                figure.text(0.01, bottom + cell[3] / 2, panel.title, fontsize=11, weight="bold", va="center")
                continue
            _frame(figure, cell)
            series = found.series.get(number, ())
            if panel.kind == "stat":
                _stat(figure, cell, panel, series)
            else:
                _lines(figure, cell, panel, series, found)
        figure.savefig(path, metadata={"Date": None})


def colour_at(panel: Panel, value: float) -> str:
    """The colour of a value by the panel's thresholds."""
    colours = [colour for least, colour in panel.thresholds if value >= least]
    return _COLOURS[colours[-1] if colours else "green"]


def _frame(figure: Figure, cell: tuple[float, float, float, float]) -> None:
    left, bottom, width, height = cell
    x, y = 0.003, 0.06 / figure.get_figheight()
    box = Rectangle(
        (left + x, bottom + y), width - 2 * x, height - 2 * y, fill=False, edgecolor="#cccccc", linewidth=0.8,
        transform=figure.transFigure,
    )  # fmt: skip
    figure.add_artist(box)


def _title(axes: Axes, panel: Panel) -> None:
    unit = axis_label(panel.unit)
    axes.set_title(panel.title + (f" [{unit}]" if unit else ""), fontsize=8.5, loc="left", pad=4)


def _inner(figure: Figure, cell: tuple[float, float, float, float], *inches: float) -> Axes:
    """Add axes inside a cell, with margins in inches: left, bottom, right, top."""
    left, bottom, right, top = inches
    wide, high = figure.get_figwidth(), figure.get_figheight()
    return figure.add_axes(
        (
            cell[0] + left / wide,
            cell[1] + bottom / high,
            cell[2] - (left + right) / wide,
            cell[3] - (bottom + top) / high,
        )
    )


def _no_data(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOTHING, ha="center", va="center", color="#777777", style="italic", fontsize=9)


def _stat(
    figure: Figure, cell: tuple[float, float, float, float], panel: Panel, series: Sequence[tuple[str, Series]]
) -> None:
    """Draw the last value of each series, or its name, as Grafana's stat panel does."""
    axes = _inner(figure, cell, 0.12, 0.12, 0.12, 0.32)
    _title(axes, panel)
    if not series:
        _no_data(axes)
        return
    axes.set_axis_off()
    texts = []
    for name, one in series:
        value = float(one.values[-1])
        shown = name if panel.named else format_value(value, panel.unit)
        texts.append((shown if panel.named or len(series) == 1 else f"{name}  {shown}", colour_at(panel, value)))
    columns = 1 if len(texts) <= 4 else 2
    rows = -(-len(texts) // columns)
    width = cell[2] * figure.get_figwidth() / columns
    longest = max(len(text) for text, _ in texts)
    size = max(6.0, min(18.0, width * 72 / (0.68 * longest + 1), cell[3] * figure.get_figheight() * 72 / (rows * 2.2)))
    for number, (text, colour) in enumerate(texts):
        column, row = divmod(number, rows)
        x, y = (column + 0.5) / columns, 1 - (row + 0.5) / rows
        axes.text(x, y, text, ha="center", va="center", fontsize=size, color=colour)


def _lines(
    figure: Figure,
    cell: tuple[float, float, float, float],
    panel: Panel,
    series: Sequence[tuple[str, Series]],
    found: DashboardData,
) -> None:
    axes = _inner(figure, cell, _LEFT, 0.95, _RIGHT, 0.34)
    _title(axes, panel)
    if not series:
        _no_data(axes)
        return
    # The greatest first: a legend that is too long omits the smallest.
    ordered = sorted(series, key=lambda one: -_greatest(one[1]))
    for number, (name, one) in enumerate(ordered):
        greatest = _greatest(one)
        most = format_value(greatest, panel.unit) if isfinite(greatest) else "none"
        label = f"{name}: last {_last(one, panel.unit)}, max {most}"
        style = "-" if number < len(_LINES) else "--"
        moments = one.times / _DAY
        shown = textwrap.shorten(label, 64, placeholder="…") if number < _SHOWN else "_"
        axes.plot(
            moments, one.values, style, color=_LINES[number % len(_LINES)], linewidth=1.2, label=shown,
            marker="." if len(moments) == 1 else None,
        )  # fmt: skip
    _scale(axes, panel, max(_greatest(one) for _, one in ordered))
    for colour, moment in found.marks:
        axes.axvline(moment / _DAY, color=_COLOURS[colour], linestyle=":", linewidth=1.2)
    axes.set_xlim(*(moment / _DAY for moment in (found.begin, found.end)))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M:%S"))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=8))  # type: ignore[no-untyped-call]
    ticks = "short" if axis_label(panel.unit) else panel.unit  # a unit in the title is not repeated
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _position: format_value(value, ticks)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(color="#eeeeee")
    axes.spines[["top", "right"]].set_visible(False)
    columns = 2 if cell[2] > 0.4 and len(ordered) > 4 else 1
    rows = -(-min(len(ordered), _SHOWN) // columns)
    wide = cell[2] * figure.get_figwidth() - _LEFT - _RIGHT
    axes.legend(
        loc="upper left", bbox_to_anchor=(0.1 / wide - _LEFT / wide, -0.13), ncols=columns, frameon=False,
        fontsize=min(7.0, 36 / rows), labelspacing=0.25, handlelength=1.4, borderaxespad=0.2,
    )  # fmt: skip


def _scale(axes: Axes, panel: Panel, greatest: float) -> None:
    """Scale the axis from 0 to the greatest value, including thresholds that are not far above it."""
    top = greatest if isfinite(greatest) and greatest > 0 else 0.0
    for (_, before), (least, colour) in pairwise(panel.thresholds):
        worse = colour if _rank(colour) > _rank(before) else before
        axes.axhline(least, color=_COLOURS[worse], linestyle="--", linewidth=0.9)
        # Including a threshold far above would flatten the lines, so only its value is written at the top.
        if top == 0 or least <= 4 * top:
            top = max(top, least)
        elif least > top:
            text = f"{worse} from {format_value(least, panel.unit)}"
            axes.text(0.99, 0.96, text, transform=axes.transAxes, ha="right", va="top", color=_COLOURS[worse])
    axes.set_ylim(0, top * 1.1 or 1)


def _rank(colour: str) -> int:
    return list(_COLOURS).index(colour)


def _greatest(series: Series) -> float:
    finite = series.values[np.isfinite(series.values)]
    return float(finite.max()) if finite.size else -inf


def _last(series: Series, unit: str) -> str:
    finite = series.values[np.isfinite(series.values)]
    return format_value(float(finite[-1]), unit) if finite.size else "none"
