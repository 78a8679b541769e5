"""The chart of a forecast: the closes of the window, followed by the prediction intervals for the next session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go

from dashboard.palette import Palette
from dashboard.responses import Forecast
from dashboard.texts import Texts
from model.contract.levels import INTERVALS
from model.contract.window import WINDOW

PLOTLY_CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False}
_FILL_OPACITY: Final = {90: 0.18, 80: 0.22, 50: 0.34}
# Width of the forecast session in sessions of the window. At a width of 1 its intervals would be hard to distinguish.
_FORECAST_WIDTH: Final = 9
# The line of the naive forecast continues past the intervals by this many sessions.
_NAIVE_OVERHANG: Final = 3
_HEIGHT: Final = 420


@dataclass(frozen=True, slots=True)
class ForecastChartData:
    """The closes that a chart shows with their forecast.

    Attributes:
        closes: 60 closes of the request, oldest first, in price units.
        original_closes: The same closes before the user changed them.
        dates: Dates of the closes; empty if unknown.
        bars: Open, high and low of each session; empty if unknown.
        target_date: Session of the forecast, if known.
    """

    closes: Sequence[float]
    original_closes: Sequence[float]
    dates: Sequence[date] = ()
    bars: Sequence[tuple[float, float, float]] = ()
    target_date: date | None = None


def forecast_chart(data: ForecastChartData, forecast: Forecast, texts: Texts, palette: Palette) -> go.Figure:
    """Draw the window and the forecast. The x axis counts sessions, so that weekends leave no gaps."""
    session_labels = [texts.day(day) for day in data.dates] or [
        f"{texts('chart.number')} {i}" for i in range(1, WINDOW + 1)
    ]
    figure = go.Figure()
    last_x, target_x = WINDOW - 1, WINDOW - 1 + _FORECAST_WIDTH
    for percent in sorted(INTERVALS, reverse=True):
        low, high = forecast.interval(percent)
        figure.add_scatter(
            x=[last_x, target_x, target_x, last_x],
            y=[forecast.naive, high, low, forecast.naive],
            fill="toself",
            mode="lines",
            line={"width": 1, "color": palette.band(0.7)},
            fillcolor=palette.band(_FILL_OPACITY[percent]),
            hoverinfo="skip",
            name=texts("chart.band", percent=percent),
        )
    _add_window(figure, data, session_labels, texts, palette)
    figure.add_scatter(
        x=[last_x, target_x],
        y=[forecast.naive, forecast.forecast],
        mode="lines+markers",
        marker={"size": [0, 10], "symbol": "diamond", "color": palette.model},
        line={"color": palette.model, "width": 2},
        name=texts("chart.median"),
        hovertemplate=f"{texts.price(forecast.forecast)}<extra></extra>",
    )
    # Drawn last and longer, because the median often covers it.
    figure.add_scatter(
        x=[last_x, target_x + _NAIVE_OVERHANG],
        y=[forecast.naive, forecast.naive],
        mode="lines",
        line={"color": palette.naive, "dash": "dash", "width": 2},
        name=texts("chart.naive"),
        hovertemplate=f"{texts.price(forecast.naive)}<extra></extra>",
    )
    _add_axes(figure, data, texts)
    return figure


def _add_window(
    figure: go.Figure, data: ForecastChartData, session_labels: Sequence[str], texts: Texts, palette: Palette
) -> None:
    positions = list(range(WINDOW))
    hover = [f"{label}: {texts.price(close)}" for label, close in zip(session_labels, data.closes, strict=True)]
    changed = list(data.closes) != list(data.original_closes)
    if data.bars and not changed:
        opened, high, low = zip(*data.bars, strict=True)
        figure.add_candlestick(
            x=positions,
            open=opened,
            high=high,
            low=low,
            close=list(data.closes),
            # `model` and `naive` are the two contrasting colours of the palette; here they mean rising and falling.
            increasing={"line": {"color": palette.model}, "fillcolor": "rgba(0,0,0,0)"},
            decreasing={"line": {"color": palette.naive}, "fillcolor": palette.naive},
            name=texts("chart.close"),
            text=hover,
            hoverinfo="text",
        )
        return
    figure.add_scatter(
        x=positions,
        y=list(data.original_closes),
        mode="lines",
        line={"color": palette.muted if changed else palette.ink, "width": 1.5 if changed else 2},
        name=texts("chart.close"),
        text=None if changed else hover,
        hoverinfo="skip" if changed else "text",
    )
    if changed:
        figure.add_scatter(
            x=positions,
            y=list(data.closes),
            mode="lines",
            line={"color": palette.third, "dash": "dot", "width": 2.5},
            name=texts("chart.changed"),
            text=hover,
            hoverinfo="text",
        )


def _add_axes(figure: go.Figure, data: ForecastChartData, texts: Texts) -> None:
    positions = [0, WINDOW // 3, 2 * WINDOW // 3]
    labels = [texts.short_day(data.dates[i]) if data.dates else texts.number(i + 1) for i in positions]
    target_label = texts.short_day(data.target_date) if data.target_date else texts("chart.next")
    figure.update_xaxes(
        tickvals=[*positions, WINDOW - 1 + _FORECAST_WIDTH],
        ticktext=[*labels, target_label],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        rangeslider={"visible": False},
    )
    figure.update_yaxes(title=texts("chart.price"), fixedrange=True, zeroline=False)
    apply_layout(figure, texts, _HEIGHT)


def apply_layout(figure: go.Figure, texts: Texts, height: int) -> None:
    """Apply the layout that all charts share: legend below the chart, narrow margins, number format of the language."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": 12, "b": 8},
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        separators=texts.separators,
        hovermode="closest",
        dragmode=False,
    )


def forecast_alt_text(data: ForecastChartData, forecast: Forecast, texts: Texts) -> str:
    """Describe the chart in a sentence, for screen readers."""
    bounds = {
        f"{side}{percent}": texts.price(value)
        for percent in INTERVALS
        for side, value in zip(("low", "high"), forecast.interval(percent), strict=True)
    }
    return texts(
        "chart.window_alt",
        count=len(data.closes),
        last=texts.price(forecast.naive),
        median=texts.price(forecast.forecast),
        **bounds,
    )
