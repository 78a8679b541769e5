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
_UPLOAD: Final = "upload"
_PASTE: Final = "paste"
_SOURCES: Final = (_STORED, _UPLOAD, _PASTE)
# Keys of the session state. Streamlit drops the state of a widget on a page change, so the selected symbol is also
# stored under a key that belongs to no widget.
_SYMBOL: Final = "symbol"
_SYMBOL_WIDGET: Final = "symbol_box"


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
    """Show the input widgets and return the selected closes.

    Returns None and shows the reason if the input is incomplete or invalid.
    """
    texts = page.texts()
    source = st.radio(
        texts("forecast.source"),
        _SOURCES,
        format_func=lambda name: texts(f"source.{name}"),
        horizontal=True,
        key="source",
    )
    if source == _STORED:
        return _select_symbol()
    page.set_query_param(_SYMBOL, None)
    try:
        return _upload_file() if source == _UPLOAD else _paste_text()
    except ClosesError as error:
        st.error(page.escape_markdown(texts.error(error)))
        return None


def _select_symbol() -> ForecastInput | None:
    texts = page.texts()
    symbols = page.call_service("symbols", service().symbols)
    if symbols is None:
        return None
    if not symbols:
        st.info(texts("forecast.no_symbols"))
        return None
    selected = st.session_state.get(_SYMBOL_WIDGET) or st.session_state.get(_SYMBOL) or st.query_params.get(_SYMBOL)
    if selected not in symbols:
        if selected:
            st.warning(page.escape_markdown(texts("forecast.unknown_symbol", symbol=selected[:40], other=symbols[0])))
        selected = symbols[0]
    st.session_state[_SYMBOL_WIDGET] = selected
    symbol = st.selectbox(texts("forecast.symbol"), symbols, key=_SYMBOL_WIDGET)
    st.session_state[_SYMBOL] = symbol
    page.set_query_param(_SYMBOL, symbol)
    window = page.call_service("window", lambda: service().window(symbol))
    if window is None:
        return None
    identity = _identity(symbol, window.closes)
    return ForecastInput(identity, symbol_request(symbol), window.closes, symbol, window.dates, window=window)


def _upload_file() -> ForecastInput | None:
    texts = page.texts()
    file = st.file_uploader(texts("forecast.file", count=WINDOW), type=["csv", "txt", "tsv"], key="file")
    allow_jumps = _ask_allow_jumps()
    if file is None:
        st.info(texts("forecast.wait_file"))
        return None
    return _parse(decode(file.getvalue()), allow_jumps=allow_jumps)


def _paste_text() -> ForecastInput | None:
    texts = page.texts()
    text = st.text_area(texts("forecast.text", count=WINDOW), height=180, key="text")
    # The button has no handler: Streamlit sends the text when the field loses focus.
    st.button(texts("forecast.text_button"))
    allow_jumps = _ask_allow_jumps()
    if not text.strip():
        st.info(texts("forecast.wait_text"))
        return None
    return _parse(text, allow_jumps=allow_jumps)


def _ask_allow_jumps() -> bool:
    texts = page.texts()
    with st.expander(texts("forecast.format")):
        st.markdown(texts("forecast.format_text", count=WINDOW))
    return st.checkbox(texts("forecast.allow_jumps", factor=texts.number(MAX_JUMP)), key="allow_jumps")


def _parse(text: str, *, allow_jumps: bool) -> ForecastInput:
    texts = page.texts()
    parsed: Closes = read_closes(text, allow_jumps=allow_jumps)
    if parsed.ignored_rows:
        st.markdown(texts("forecast.left_out", count=WINDOW, ignored_rows=texts.number(parsed.ignored_rows)))
    return ForecastInput(
        _identity("", parsed.closes),
        window_request(parsed.closes, allow_jumps=allow_jumps),
        parsed.closes,
        dates=parsed.dates,
        bars=parsed.bars,
        allow_jumps=allow_jumps,
    )


def _identity(symbol: str, closes: tuple[float, ...]) -> str:
    return hashlib.sha256(repr((symbol, closes)).encode()).hexdigest()[:12]
