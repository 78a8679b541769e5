"""Selection of the closes to forecast: a symbol of the service, a file, or pasted text."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboard import page
from dashboard.client import service
from dashboard.closes_table import Closes, ClosesError, decode, read_closes
from dashboard.responses import StoredWindow
from model.contract.window import MAX_JUMP, WINDOW
from model.protocol.request_documents import symbol_request, window_request

_STORED: Final = "stored"
_SOURCES: Final = (_STORED, "upload", "paste")
_SYMBOL: Final = "symbol"


@dataclass(frozen=True, slots=True)
class ForecastInput:
    """Sixty closes to forecast from.

    Attributes:
        identity: Hash of symbol and closes.
        request: V2 inference request.
        closes: 60 closes, oldest first, in price units.
        symbol: Symbol; empty for a file or pasted text.
        dates: Dates of the closes; empty if unknown.
        bars: Open, high and low of each session; empty if unknown.
        window: Stored window of the symbol; None for a file or pasted text.
        allow_jumps: Whether a change by more than a factor of `MAX_JUMP` from one close to the next is accepted.
    """

    identity: str
    request: Mapping[str, Any]
    closes: tuple[float, ...]
    symbol: str = ""
    dates: tuple[date, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    window: StoredWindow | None = None
    allow_jumps: bool = False

    @property
    def target(self) -> date | None:
        """Session of the forecast; None for a file or pasted text, because only the service has exchange calendars."""
        return self.window.target if self.window else None


def select_input() -> ForecastInput | None:
    """Show the selection. Return None, with the reason on the page, until it is complete and valid."""
    texts = page.texts()
    source = st.radio(
        texts("forecast.source"),
        _SOURCES,
        format_func=lambda name: texts(f"source.{name}"),
        horizontal=True,
        key="source",
    )
    if source == _STORED:
        return _by_symbol()
    page.set_query_param(_SYMBOL, None)
    try:
        return _by_file() if source == "upload" else _by_text()
    except ClosesError as error:
        st.error(page.escape_markdown(texts.error(error)))
        return None


def _by_symbol() -> ForecastInput | None:
    texts = page.texts()
    symbols = page.call_service("symbols", service().symbols)
    if symbols is None:
        return None
    if not symbols:
        st.info(texts("forecast.no_symbols"))
        return None
    selected = st.session_state.get("symbol_box") or st.session_state.get(_SYMBOL) or st.query_params.get(_SYMBOL)
    if selected not in symbols:
        if selected:
            st.warning(page.escape_markdown(texts("forecast.unknown_symbol", symbol=selected[:40], other=symbols[0])))
        selected = symbols[0]
    st.session_state["symbol_box"] = selected
    symbol = st.selectbox(texts("forecast.symbol"), symbols, key="symbol_box")
    st.session_state[_SYMBOL] = symbol
    page.set_query_param(_SYMBOL, symbol)
    window = page.call_service("window", lambda: service().window(symbol))
    if window is None:
        return None
    identity = _identity(symbol, window.closes)
    return ForecastInput(identity, symbol_request(symbol), window.closes, symbol, window.dates, window=window)


def _by_file() -> ForecastInput | None:
    texts = page.texts()
    file = st.file_uploader(texts("forecast.file", count=WINDOW), type=["csv", "txt", "tsv"], key="file")
    allow_jumps = _show_options()
    if file is None:
        st.info(texts("forecast.wait_file"))
        return None
    return _parse(decode(file.getvalue()), allow_jumps=allow_jumps)


def _by_text() -> ForecastInput | None:
    texts = page.texts()
    text = st.text_area(texts("forecast.text", count=WINDOW), height=180, key="text")
    # The button has no handler: Streamlit sends the text when the field loses focus.
    st.button(texts("forecast.text_button"))
    allow_jumps = _show_options()
    if not text.strip():
        st.info(texts("forecast.wait_text"))
        return None
    return _parse(text, allow_jumps=allow_jumps)


def _show_options() -> bool:
    texts = page.texts()
    with st.expander(texts("forecast.format")):
        st.markdown(texts("forecast.format_text", count=WINDOW))
    return st.checkbox(texts("forecast.allow_jumps", factor=texts.number(MAX_JUMP)), key="allow_jumps")


def _parse(text: str, *, allow_jumps: bool) -> ForecastInput:
    texts = page.texts()
    found: Closes = read_closes(text, allow_jumps=allow_jumps)
    if found.ignored_rows:
        st.markdown(texts("forecast.left_out", count=WINDOW, ignored_rows=texts.number(found.ignored_rows)))
    return ForecastInput(
        _identity("", found.closes),
        window_request(found.closes, allow_jumps=allow_jumps),
        found.closes,
        dates=found.dates,
        bars=found.bars,
        allow_jumps=allow_jumps,
    )


def _identity(symbol: str, closes: tuple[float, ...]) -> str:
    return hashlib.sha256(repr((symbol, closes)).encode()).hexdigest()[:12]
