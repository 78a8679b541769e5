"""The page of the track record: forecasts against what then happened, from the report of the served version."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from dashboard import page, record_charts
from dashboard.client import service
from dashboard.traffic import read_counts
from model.contract.levels import INTERVALS

_MODEL: Final = "model"
_NAIVE: Final = "naive"


def show() -> None:
    """The page."""
    report = page.asked(
        "report", lambda: service().document("/report", "range", "version", "verdict", "over_time", "calibration")
    )
    if report is None:
        return
    texts, span = page.texts(), report["range"]
    first, last = (texts.day(date.fromisoformat(span[end])) for end in ("first", "last"))
    sessions = texts.number(span["sessions"])
    version = page.plain(report["version"])
    st.markdown(texts("record.range", first=first, last=last, sessions=sessions, version=version))
    _verdict(report)
    _outcomes(report)
    left, right = st.columns(2, gap="medium")
    window = texts.number(report["over_time"]["window"])
    with left:
        _section("coverage", record_charts.coverage_chart, report["over_time"], window)
        _section("calibration", record_charts.calibration_chart, report["calibration"], window)
    with right:
        _section("error", record_charts.error_chart, report["over_time"], window)
        _live()
    _table(report)


def _verdict(report: Mapping[str, Any]) -> None:
    texts, verdict = page.texts(), report["verdict"]
    st.header(texts("record.verdict"), anchor=False)
    for part in ("point", "distribution"):
        outcome = verdict[part]
        tell = st.success if outcome == "better" else st.info if outcome == "tie" else st.warning
        tell(texts(f"record.{part}.{outcome}"))
    model, naive = report["measures"][_MODEL], report["measures"][_NAIVE]
    values = {
        "mae": texts.number(model["mae"], 4),
        "naive_mae": texts.number(naive["mae"], 4),
        "crps": texts.percent(model["crps"], 3),
        "naive_crps": texts.percent(naive["crps"], 3),
    }
    st.markdown(f"{texts('record.numbers', **values)} {texts('record.disclaimer')}")


def _outcomes(report: Mapping[str, Any]) -> None:
    texts = page.texts()
    st.header(texts("record.outcomes"), anchor=False)
    # Reports of older releases have no single forecasts.
    records: Mapping[str, Any] = report.get("forecasts", {})
    if not records:
        st.info(texts("record.no_forecasts"))
        return
    symbols = list(records)
    if len(symbols) == 1:
        (symbol,) = symbols
    else:
        kept = st.session_state.get("symbol") or st.query_params.get("symbol")
        place = symbols.index(kept) if kept in symbols else 0
        symbol = st.selectbox(texts("forecast.symbol"), symbols, index=place, key="record_symbol")
    record = records[symbol]
    inside, count = record_charts.inside(record)
    told = texts(
        "record.inside", inside=texts.number(inside), count=texts.number(count), share=texts.percent(inside / count)
    )
    page.chart(record_charts.outcomes_chart(record, texts, page.palette()), f"{symbol}: {told}", "outcomes")
    st.markdown(f"{page.plain(symbol)}: {told}")


def _section(name: str, draw: Callable[..., go.Figure], content: Mapping[str, Any], window: str) -> None:
    texts = page.texts()
    st.header(texts(f"record.{name}"), anchor=False)
    words = texts(f"record.{name}_text", window=window)
    page.chart(draw(content, texts, page.palette()), f"{texts(f'record.{name}')}. {words}", name)
    st.markdown(words)


def _live() -> None:
    """What the running service has seen of its own intervals."""
    texts = page.texts()
    st.header(texts("record.live"), anchor=False)
    counts = page.asked("live", lambda: read_counts(service().metrics(), page.now().timestamp()))
    if counts is None:
        return
    count = counts.inside + counts.outside
    if not count:
        st.markdown(texts("record.live_none"))
        return
    share = texts.percent(counts.inside / count)
    st.markdown(texts("record.live_text", inside=texts.number(counts.inside), count=texts.number(count), share=share))


def _table(report: Mapping[str, Any]) -> None:
    texts, measures = page.texts(), report["measures"]
    st.header(texts("record.table"), anchor=False)
    columns = {
        texts("record.row"): [_row_name(name) for name in measures],
        "MAE": [texts.number(row["mae"], 4) for row in measures.values()],
        "CRPS": [texts.percent(row["crps"], 3) for row in measures.values()],
        **{
            f"{percent} %": [texts.percent(row["coverage"][str(percent)]) for row in measures.values()]
            for percent in INTERVALS
        },
        texts("record.skill"): [_skill(report["skill"].get(name)) for name in measures],
    }
    page.table(columns, texts("record.table"))


def _row_name(name: str) -> str:
    texts = page.texts()
    if name == _MODEL:
        return texts("record.model")
    return texts(f"record.row.{name}") if texts.has(f"record.row.{name}") else name


def _skill(share: float | None) -> str:
    return "" if share is None else page.texts().change(share)
