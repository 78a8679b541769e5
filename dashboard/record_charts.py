"""The charts of the track record, from the evaluation report as the service gives it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any, Final

import plotly.graph_objects as go

from dashboard.charts import lay_out
from dashboard.documents import Calibration, OverTime, Record
from dashboard.palette import Palette
from dashboard.texts import Texts
from model.contract.levels import INTERVALS, LEVELS, MEDIAN

_OPACITY: Final = {90: 0.16, 80: 0.2, 50: 0.3}
_DASHES: Final = {50: "solid", 80: "dash", 90: "dashdot"}
_HEIGHT: Final = 340
_TICKS: Final = 4


def outcomes_chart(record: Record, texts: Texts, palette: Palette) -> go.Figure:
    """Bands, median and the closes that came, of one symbol: `forecasts` of the report."""
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
            fillcolor=palette.band(_OPACITY[percent]),
            hoverinfo="skip",
            name=texts("chart.band", percent=percent),
        )
    median = [row[MEDIAN] for row in record.quantiles]
    _line(figure, days, median, _Look(texts("chart.median"), palette.model), _told(texts, days, median))
    figure.add_scatter(
        x=list(days),
        y=list(record.actual),
        mode="markers",
        marker={"color": palette.ink, "size": 4},
        name=texts("chart.close"),
        text=_told(texts, days, record.actual),
        hoverinfo="text",
    )
    figure.update_yaxes(title=texts("chart.price"))
    return _finished(figure, texts, days)


def inside(record: Record, percent: int = 90) -> tuple[int, int]:
    """Closes that an interval held, and all closes."""
    low, high = INTERVALS[percent]
    held = [row[low] <= actual <= row[high] for row, actual in zip(record.quantiles, record.actual, strict=True)]
    return sum(held), len(held)


def coverage_chart(over_time: OverTime, texts: Texts, palette: Palette) -> go.Figure:
    """Moving coverage of the three intervals, each with the line that it should lie on."""
    days = over_time.date
    figure = go.Figure()
    colours = dict(zip(INTERVALS, (palette.model, palette.naive, palette.third), strict=True))
    for percent, colour in colours.items():
        values = over_time.coverage[str(percent)]
        told = [f"{texts.day(day)}: {texts.percent(value)}" for day, value in zip(days, values, strict=True)]
        _line(figure, days, values, _Look(texts("chart.band", percent=percent), colour, _DASHES[percent]), told)
        figure.add_hline(y=percent / 100, line={"color": colour, "dash": "dot", "width": 1})
    figure.update_yaxes(title=texts("record.share"), tickformat=".0%")
    return _finished(figure, texts, days)


def error_chart(over_time: OverTime, texts: Texts, palette: Palette) -> go.Figure:
    """Moving absolute error of the point forecast and of the last close."""
    days = over_time.date
    figure = go.Figure()
    for values, name, colour, dash, width in (
        (over_time.naive_error, "record.naive", palette.naive, "solid", 5),
        (over_time.error, "record.model", palette.model, "dash", 2),
    ):
        told = [f"{texts.day(day)}: {texts.percent(value, 2)}" for day, value in zip(days, values, strict=True)]
        _line(figure, days, values, _Look(texts(name), colour, dash, width), told)
    figure.update_yaxes(title=texts("record.mae"), tickformat=".2%")
    return _finished(figure, texts, days)


def calibration_chart(calibration: Calibration, texts: Texts, palette: Palette) -> go.Figure:
    """Share of closes at or below each quantile against its level, with what chance gives."""
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
    _line(figure, [0, 1], [0, 1], _Look(texts("record.calibrated"), palette.muted, "dot"))
    told = [
        f"{texts.percent(level, 0)}: {texts.percent(value)}"
        for level, value in zip(LEVELS, calibration.observed, strict=True)
    ]
    look = _Look(texts("record.model"), palette.model, mode="lines+markers")
    _line(figure, LEVELS, calibration.observed, look, told)
    figure.update_xaxes(title=texts("record.stated"), tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title=texts("record.observed"), tickformat=".0%", range=[0, 1])
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    lay_out(figure, texts, _HEIGHT)
    figure.update_layout(legend={"y": -0.28})
    return figure


def _told(texts: Texts, days: Sequence[date], values: Sequence[float]) -> list[str]:
    return [f"{texts.day(day)}: {texts.price(value)}" for day, value in zip(days, values, strict=True)]


@dataclass(frozen=True, slots=True)
class _Look:
    name: str
    colour: str
    dash: str = "solid"
    width: float = 2
    mode: str = "lines"


def _line(
    figure: go.Figure, x: Sequence[Any], y: Sequence[float], look: _Look, hover: Sequence[str] | None = None
) -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode=look.mode,
        name=look.name,
        line={"color": look.colour, "dash": look.dash, "width": look.width},
        text=hover,
        hoverinfo="skip" if hover is None else "text",
    )


def _finished(figure: go.Figure, texts: Texts, days: Sequence[date]) -> go.Figure:
    ticks = [days[i * (len(days) - 1) // (_TICKS - 1)] for i in range(_TICKS)] if days else []
    figure.update_xaxes(tickvals=ticks, ticktext=[texts.month(day) for day in ticks], fixedrange=True, showgrid=False)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    lay_out(figure, texts, _HEIGHT)
    return figure
