"""The track record page: forecasts compared with actual closes, from the report of the served version."""

from collections.abc import Callable
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from dashboard import page, record_charts
from dashboard.client import service
from dashboard.documents import Calibration, OverTime, Report
from dashboard.traffic import read_counts
from model.contract.levels import INTERVALS

_MODEL: Final = "model"
_NAIVE: Final = "naive"
_NONE: Final = "\N{EN DASH}"  # shown for a number that the report lacks


def show() -> None:
    """Show the page."""
    report = page.call_service("report", lambda: service().report())
    if report is None:
        return
    texts, span = page.texts(), report.range
    first, last, sessions = texts.day(span.first), texts.day(span.last), texts.number(span.sessions)
    version = page.escape_markdown(report.version)
    st.markdown(texts("record.range", first=first, last=last, sessions=sessions, version=version))
    _show_verdict(report)
    _show_outcomes(report)
    left, right = st.columns(2, gap="medium")
    window = texts.number(report.over_time.window)
    with left:
        _show_section("coverage", record_charts.coverage_chart, report.over_time, window)
        _show_section("calibration", record_charts.calibration_chart, report.calibration, window)
    with right:
        _show_section("error", record_charts.error_chart, report.over_time, window)
        _show_live_coverage()
    _show_comparison(report)


def _show_verdict(report: Report) -> None:
    texts = page.texts()
    st.header(texts("record.verdict"), anchor=False)
    for part, outcome in (("point", report.verdict.point), ("distribution", report.verdict.distribution)):
        show_text = st.success if outcome == "better" else st.info if outcome == "tie" else st.warning
        show_text(page.escape_markdown(texts.translate_name(f"verdict.{part}", outcome)))
    model, naive = report.measures[_MODEL], report.measures[_NAIVE]
    values = {
        "mae": _number(model.mae),
        "naive_mae": _number(naive.mae),
        "crps": _percent(model.crps, 3),
        "naive_crps": _percent(naive.crps, 3),
    }
    st.markdown(f"{texts('record.numbers', **values)} {texts('record.disclaimer')}")


def _show_outcomes(report: Report) -> None:
    texts = page.texts()
    st.header(texts("record.outcomes"), anchor=False)
    records = report.forecasts
    if not records:
        st.info(texts("record.no_forecasts"))
        return
    symbols = list(records)
    if len(symbols) == 1:
        (symbol,) = symbols
    else:
        selected = st.session_state.get("symbol") or st.query_params.get("symbol")
        index = symbols.index(selected) if selected in symbols else 0
        symbol = st.selectbox(texts("forecast.symbol"), symbols, index=index, key="record_symbol")
    record = records[symbol]
    inside, count = record_charts.inside(record)
    sentence = texts(
        "record.inside", inside=texts.number(inside), count=texts.number(count), share=texts.percent(inside / count)
    )
    page.chart(record_charts.outcomes_chart(record, texts, page.palette()), f"{symbol}: {sentence}", "outcomes")
    st.markdown(f"{page.escape_markdown(symbol)}: {sentence}")


def _show_section(name: str, draw: Callable[..., go.Figure], content: OverTime | Calibration, window: str) -> None:
    texts = page.texts()
    st.header(texts(f"record.section.{name}"), anchor=False)
    caption = texts(f"record.caption.{name}", window=window)
    page.chart(draw(content, texts, page.palette()), f"{texts(f'record.section.{name}')}. {caption}", name)
    st.markdown(caption)


def _show_live_coverage() -> None:
    """Show how many new closes were inside the intervals since the service started."""
    texts = page.texts()
    st.header(texts("record.live"), anchor=False)
    counts = page.call_service("live", lambda: read_counts(service().metrics(), page.now().timestamp()))
    if counts is None:
        return
    count = counts.inside + counts.outside
    if not count:
        st.markdown(texts("record.live_none"))
        return
    share = texts.percent(counts.inside / count)
    st.markdown(texts("record.live_text", inside=texts.number(counts.inside), count=texts.number(count), share=share))


def _show_comparison(report: Report) -> None:
    texts, measures = page.texts(), report.measures
    st.header(texts("record.table"), anchor=False)
    columns = {
        texts("record.row"): [_row_name(name) for name in measures],
        "MAE": [_number(row.mae) for row in measures.values()],
        "CRPS": [_percent(row.crps, 3) for row in measures.values()],
        **{
            texts.percent(percent / 100, 0): [_percent(row.coverage.get(str(percent)), 1) for row in measures.values()]
            for percent in INTERVALS
        },
        texts("record.skill"): [_skill(report.skill.get(name)) for name in measures],
    }
    page.table(columns, texts("record.table"))


def _row_name(name: str) -> str:
    texts = page.texts()
    return texts("record.model") if name == _MODEL else texts.translate_name("record.row", name)


def _number(value: float | None) -> str:
    return _NONE if value is None else page.texts().number(value, 4)


def _percent(share: float | None, digits: int) -> str:
    return _NONE if share is None else page.texts().percent(share, digits)


def _skill(share: float | None) -> str:
    return "" if share is None else page.texts().change(share)
