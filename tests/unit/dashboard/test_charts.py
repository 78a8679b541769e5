from datetime import date, timedelta
from typing import Any

import pytest

from dashboard import record_charts
from dashboard.charts import ForecastChartData, forecast_alt_text, forecast_chart
from dashboard.documents import Calibration, ForecastHistory, OverTime
from dashboard.palette import DARK, LIGHT, Palette
from dashboard.responses import Forecast
from dashboard.texts import Texts
from tests.unit.dashboard.answers import DOCUMENT

EN, PT = Texts("en"), Texts("pt-BR")
CLOSES = [30 + 0.1 * day for day in range(59)] + [36.19]
DAYS = [date(2024, 10, 1) + timedelta(days=day) for day in range(60)]
FORECAST = Forecast.read(DOCUMENT)


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def test_intervals_widen_from_the_last_close() -> None:
    drawn = traces(
        forecast_chart(ForecastChartData(CLOSES, CLOSES, DAYS, target_date=date(2025, 1, 2)), FORECAST, EN, LIGHT)
    )
    for percent, (low, high) in {50: (35.8, 36.5), 80: (35.5, 36.9), 90: (35.2, 37.2)}.items():
        assert list(drawn[f"{percent} % interval"].y) == [36.19, high, low, 36.19]
    assert list(drawn["naive (last close)"].y) == [36.19, 36.19]
    assert list(drawn["forecast (median)"].y) == [36.19, 36.2]
    assert list(drawn["close"].y) == CLOSES


def test_axes_and_hover_texts_are_in_the_language() -> None:
    figure = forecast_chart(ForecastChartData(CLOSES, CLOSES, DAYS, target_date=date(2025, 1, 2)), FORECAST, PT, LIGHT)
    assert list(figure.layout.xaxis.ticktext) == ["1 de out.", "21 de out.", "10 de nov.", "2 de jan."]
    assert figure.layout.separators == ",."
    assert traces(figure)["fechamento"].text[-1] == "29 de nov. de 2024: 36,19"


def test_closes_without_dates_are_numbered() -> None:
    figure = forecast_chart(ForecastChartData(CLOSES, CLOSES), FORECAST, EN, LIGHT)
    assert list(figure.layout.xaxis.ticktext) == ["1", "21", "41", "next"]


def test_bars_are_drawn_as_candles_until_closes_are_changed() -> None:
    bars = [(close, close + 1, close - 1) for close in CLOSES]
    assert (
        traces(forecast_chart(ForecastChartData(CLOSES, CLOSES, DAYS, bars), FORECAST, EN, LIGHT))["close"].type
        == "candlestick"
    )
    changed = traces(forecast_chart(ForecastChartData([*CLOSES[:-1], 37.0], CLOSES, DAYS, bars), FORECAST, EN, LIGHT))
    assert list(changed["close"].y)[-1] == 36.19
    assert list(changed["close, changed"].y)[-1] == 37.0


def test_text_alternative_has_all_numbers() -> None:
    words = forecast_alt_text(ForecastChartData(CLOSES, CLOSES), FORECAST, EN)
    assert all(number in words for number in ("60 closes", "36.19", "36.20", "35.80", "36.50", "35.20", "37.20"))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("palette", "background"), [(LIGHT, "#FFFFFF"), (DARK, "#171614")])
def test_colours_have_enough_contrast_to_the_background(palette: Palette, background: str) -> None:
    for colour in (palette.ink, palette.muted, palette.model, palette.naive, palette.third):
        low, high = sorted((luminance(colour), luminance(background)))
        assert (high + 0.05) / (low + 0.05) >= 3, f"{colour} on {background}: WCAG 1.4.11"


RECORD = ForecastHistory.model_validate({
    "date": ["2024-12-26", "2024-12-27", "2024-12-30"], "last": [36.0, 36.1, 36.2], "actual": [36.1, 36.2, 40.0],
    "quantiles": [[35.0, 35.3, 35.7, 36.0, 36.3, 36.7, 37.0]] * 3,
})  # fmt: skip
OVER_TIME = OverTime.model_validate({
    "window": 2, "date": ["2024-12-27", "2024-12-30"], "error": [0.01, 0.02], "naive_error": [0.01, 0.03],
    "coverage": {"50": [0.5, 0.4], "80": [0.8, 0.7], "90": [0.9, 0.95]},
})  # fmt: skip
CALIBRATION = Calibration.model_validate({"observed": [0.05, 0.1, 0.3, 0.5, 0.75, 0.9, 0.95], "points": 250})


def test_closes_inside_an_interval_are_counted() -> None:
    assert record_charts.inside(RECORD) == (2, 3)
    assert record_charts.inside(RECORD, 50) == (2, 3)


def test_track_record_charts_show_the_report() -> None:
    outcomes = traces(record_charts.outcomes_chart(RECORD, EN, LIGHT))
    assert list(outcomes["close"].y) == [36.1, 36.2, 40.0]
    assert list(outcomes["90 % interval"].y) == [37.0] * 3 + [35.0] * 3
    coverage = record_charts.coverage_chart(OVER_TIME, PT, DARK)
    assert list(traces(coverage)["intervalo de 80%"].y) == [0.8, 0.7]
    assert sorted(shape.y0 for shape in coverage.layout.shapes) == [0.5, 0.8, 0.9]
    assert len({trace.line.dash for trace in coverage.data}) == 3
    error = traces(record_charts.error_chart(OVER_TIME, EN, LIGHT))
    assert (list(error["model"].y), list(error["tomorrow = today"].y)) == ([0.01, 0.02], [0.01, 0.03])
    calibration = traces(record_charts.calibration_chart(CALIBRATION, EN, LIGHT))
    assert list(calibration["model"].y) == list(CALIBRATION.observed)
    assert calibration["chance"].y[3] == pytest.approx(0.5 + 1.96 * (0.25 / 250) ** 0.5)
