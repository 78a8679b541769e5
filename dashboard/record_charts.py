"""The charts of the track record, drawn from the evaluation report of the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any, Final

import plotly.graph_objects as go

from dashboard.charts import apply_layout
from dashboard.documents import Calibration, ForecastHistory, OverTime
from dashboard.palette import Palette
from dashboard.texts import Texts
from model.contract.levels import INTERVALS, LEVELS, MEDIAN

_FILL_OPACITY: Final = {90: 0.16, 80: 0.2, 50: 0.3}
_DASHES: Final = {50: "solid", 80: "dash", 90: "dashdot"}
_HEIGHT: Final = 340
_TICKS: Final = 4


def outcomes_chart(record: ForecastHistory, texts: Texts, palette: Palette) -> go.Figure:
    """Draw intervals, median and actual closes of one symbol."""
    days = record.date
    figure = go.Figure()
    for percent in sorted(INTERVALS, reverse=True):
        low, high = ([row[i] for row in record.quantiles] for i in INTERVALS[percent])
        figure.add_scatter(
            x=[*days, *reversed(days)],
            y=[*high, *reversed(low)],
            fill="toself",
            mode="lines",
            line={"width": 0},
            fillcolor=palette.band(_FILL_OPACITY[percent]),
            hoverinfo="skip",
            name=texts("chart.band", percent=percent),
        )
    median = [row[MEDIAN] for row in record.quantiles]
    _line(figure, days, median, _Style(texts("chart.median"), palette.model), _hover(texts, days, median))
    figure.add_scatter(
        x=list(days),
        y=list(record.actual),
        mode="markers",
        marker={"color": palette.ink, "size": 4},
        name=texts("chart.close"),
        text=_hover(texts, days, record.actual),
        hoverinfo="text",
    )
    figure.update_yaxes(title=texts("chart.price"))
    return _with_axes(figure, texts, days)


def inside(record: ForecastHistory, percent: int = 90) -> tuple[int, int]:
    """Return the number of closes inside an interval, and the number of closes."""
    low, high = INTERVALS[percent]
    within = [row[low] <= actual <= row[high] for row, actual in zip(record.quantiles, record.actual, strict=True)]
    return sum(within), len(within)


def coverage_chart(over_time: OverTime, texts: Texts, palette: Palette) -> go.Figure:
    """Draw the moving coverage of the three intervals, each with a line at its nominal coverage."""
    days = over_time.date
    figure = go.Figure()
    colours = dict(zip(INTERVALS, (palette.model, palette.naive, palette.third), strict=True))
    for percent, colour in colours.items():
        values = over_time.coverage[str(percent)]
        hover = [f"{texts.day(day)}: {texts.percent(value)}" for day, value in zip(days, values, strict=True)]
        _line(figure, days, values, _Style(texts("chart.band", percent=percent), colour, _DASHES[percent]), hover)
        figure.add_hline(y=percent / 100, line={"color": colour, "dash": "dot", "width": 1})
    figure.update_yaxes(title=texts("record.share"), tickformat=".0%")
    return _with_axes(figure, texts, days)


def error_chart(over_time: OverTime, texts: Texts, palette: Palette) -> go.Figure:
    """Draw the moving absolute error of the point forecast and of the last close."""
    days = over_time.date
    figure = go.Figure()
    for values, name, colour, dash, width in (
        (over_time.naive_error, "record.naive", palette.naive, "solid", 5),
        (over_time.error, "record.model", palette.model, "dash", 2),
    ):
        hover = [f"{texts.day(day)}: {texts.percent(value, 2)}" for day, value in zip(days, values, strict=True)]
        _line(figure, days, values, _Style(texts(name), colour, dash, width), hover)
    figure.update_yaxes(title=texts("record.mae"), tickformat=".2%")
    return _with_axes(figure, texts, days)


def calibration_chart(calibration: Calibration, texts: Texts, palette: Palette) -> go.Figure:
    """Draw the share of closes at or below each quantile against its level, with the 95 % range expected by chance."""
    points = calibration.points
    spread = [1.96 * sqrt(level * (1 - level) / points) for level in LEVELS]
    figure = go.Figure()
    upper = [level + error for level, error in zip(LEVELS, spread, strict=True)]
    lower = [level - error for level, error in zip(LEVELS, spread, strict=True)]
    figure.add_scatter(
        x=[*LEVELS, *reversed(LEVELS)],
        y=[*upper, *reversed(lower)],
        fill="toself",
        mode="lines",
        line={"width": 0},
        fillcolor="rgba(128,128,128,0.25)",
        hoverinfo="skip",
        name=texts("record.chance"),
    )
    _line(figure, [0, 1], [0, 1], _Style(texts("record.calibrated"), palette.muted, "dot"))
    hover = [
        f"{texts.percent(level, 0)}: {texts.percent(value)}"
        for level, value in zip(LEVELS, calibration.observed, strict=True)
    ]
    style = _Style(texts("record.model"), palette.model, mode="lines+markers")
    _line(figure, LEVELS, calibration.observed, style, hover)
    figure.update_xaxes(title=texts("record.predicted"), tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title=texts("record.observed"), tickformat=".0%", range=[0, 1])
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    apply_layout(figure, texts, _HEIGHT)
    figure.update_layout(legend={"y": -0.28})
    return figure


def _hover(texts: Texts, days: Sequence[date], values: Sequence[float]) -> list[str]:
    return [f"{texts.day(day)}: {texts.price(value)}" for day, value in zip(days, values, strict=True)]


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    colour: str
    dash: str = "solid"
    width: float = 2
    mode: str = "lines"


def _line(
    figure: go.Figure, x: Sequence[Any], y: Sequence[float], style: _Style, hover: Sequence[str] | None = None
) -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode=style.mode,
        name=style.name,
        line={"color": style.colour, "dash": style.dash, "width": style.width},
        text=hover,
        hoverinfo="skip" if hover is None else "text",
    )


def _with_axes(figure: go.Figure, texts: Texts, days: Sequence[date]) -> go.Figure:
    ticks = [days[i * (len(days) - 1) // (_TICKS - 1)] for i in range(_TICKS)] if days else []
    figure.update_xaxes(tickvals=ticks, ticktext=[texts.month(day) for day in ticks], fixedrange=True, showgrid=False)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    apply_layout(figure, texts, _HEIGHT)
    return figure
