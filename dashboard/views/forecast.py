"""The forecast page: selection of the closes, chart and numbers of the forecast, what-if, export."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import page
from dashboard.charts import ForecastChartData, forecast_alt_text, forecast_chart
from dashboard.client import service
from dashboard.responses import Forecast, forecast_csv, response_json
from dashboard.settings import settings
from dashboard.views import whatif
from dashboard.views.input_selection import ForecastInput, select_input
from model.contract.levels import INTERVALS
from model.protocol.request_documents import window_request
from model.protocol.request_text import as_curl, as_json, as_python

_LONG: Final = 400  # characters of a request; a longer one scrolls in a box of limited height
_HEIGHT: Final = 180  # pixels


def show() -> None:
    """Show the page."""
    question = select_input()
    if question is None:
        return
    actual = page.call_service("forecast", lambda: service().forecast(question.request))
    if actual is None:
        return
    _show_age(question)
    wide, narrow = st.columns([3, 1], gap="medium")
    with narrow:
        closes = whatif.show_sliders(question)
    request, answer = question.request, actual
    with wide:
        if closes != question.closes:
            request = window_request(closes, allow_jumps=question.allow_jumps)
            changed = page.call_service("whatif", lambda: service().forecast(request))
            if changed is None:
                return
            answer = changed
            texts = page.texts()
            st.info(texts("whatif.active", forecast=texts.price(actual.forecast)))
        _show_answer(question, closes, answer)
    _show_export(question, request, answer)


def _show_age(question: ForecastInput) -> None:
    texts, window = page.texts(), question.window
    if window is None:
        return
    until = texts.day(window.dates[-1])
    ago = texts.ago(window.downloaded_at, page.now())
    sentences = [texts("forecast.age", date=until, ago=ago, source=page.escape_markdown(window.source))]
    if window.stale:
        # A lower bound: the exchange calendar in the price store covers about a year ahead.
        count = texts.number(window.sessions_behind)
        st.warning(texts("forecast.stale", count=count, date=until, target=texts.day(window.target)))
    elif window.sessions_behind:
        sentences.append(texts.plural("forecast.behind", window.sessions_behind))
    else:
        sentences.append(texts("forecast.behind_none"))
    st.markdown(" ".join(sentences))


def _show_answer(question: ForecastInput, closes: tuple[float, ...], answer: Forecast) -> None:
    texts = page.texts()
    low, high = answer.interval(90)
    change = texts.change(answer.forecast / answer.naive - 1)
    numbers = {
        "forecast.median": texts.price(answer.forecast),
        "forecast.last": texts.price(answer.naive),
        "forecast.interval90": f"{texts.price(low)} \N{EN DASH} {texts.price(high)}",
        "forecast.target": _target(question),
    }
    for column, (key, value) in zip(st.columns(2) + st.columns(2), numbers.items(), strict=True):
        column.metric(texts(key), value)
    st.markdown(texts("forecast.against_last", change=change))
    data = ForecastChartData(closes, question.closes, question.dates, question.bars, question.target)
    page.chart(
        forecast_chart(data, answer, texts, page.palette()), forecast_alt_text(data, answer, texts), "forecast-chart"
    )
    st.header(texts("forecast.intervals"), anchor=False)
    bounds = {percent: answer.interval(percent) for percent in INTERVALS}
    page.table(
        {
            texts("forecast.interval"): [texts.percent(percent / 100, 0) for percent in bounds],
            texts("forecast.from"): [texts.price(low) for low, _ in bounds.values()],
            texts("forecast.to"): [texts.price(high) for _, high in bounds.values()],
            texts("forecast.width"): [texts.percent((high - low) / answer.naive) for low, high in bounds.values()],
        },
        texts("forecast.intervals"),
    )
    st.markdown(
        texts(
            "forecast.model", version=page.escape_markdown(answer.version), source=page.escape_markdown(answer.source)
        )
    )


def _target(question: ForecastInput) -> str:
    texts = page.texts()
    if question.target:
        return texts.day(question.target)
    if question.dates:
        return texts("forecast.after", date=texts.day(question.dates[-1]))
    return texts("forecast.next")


def _show_export(question: ForecastInput, request: Mapping[str, Any], answer: Forecast) -> None:
    texts, configured = page.texts(), settings()
    url = (configured.public_url or configured.url).rstrip("/")
    st.header(texts("export.title"), anchor=False)
    forms = {
        "curl": as_curl(request, url, configured.model_name),
        "Python": as_python(request, url, configured.model_name),
        "JSON": as_json(request),
    }
    form = st.radio(texts("export.request"), list(forms), horizontal=True, key="form")
    text = forms[form]
    # No syntax highlighting: its colours have too little contrast.
    st.code(text, language=None, wrap_lines=True, height=_HEIGHT if len(text) > _LONG else "content")
    name = f"{question.symbol or 'closes'}-{answer.version}"
    data_until = question.dates[-1] if question.dates else None
    with st.container(horizontal=True):
        row = forecast_csv(answer, question.symbol, data_until, question.target)
        st.download_button(texts("export.csv"), row, f"{name}.csv", "text/csv", on_click="ignore")
        st.download_button(
            texts("export.json"), response_json(answer), f"{name}.json", "application/json", on_click="ignore"
        )
