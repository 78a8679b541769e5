"""What a forecast is asked for: a symbol of the service, a file, or pasted text."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboard import page
from dashboard.answers import Window
from dashboard.client import service
from dashboard.closes import Closes, ClosesError, decode, read_closes
from model.contract.window import MAX_JUMP, WINDOW
from model.protocol.forecast_request import symbol_request, window_request

_STORED: Final = "stored"
_SOURCES: Final = (_STORED, "upload", "paste")
_SYMBOL: Final = "symbol"


@dataclass(frozen=True, slots=True)
class Question:
    """Sixty closes to ask about.

    Attributes:
        identity: another one for other closes. request: as it is sent. symbol: empty by window.
        closes: oldest first, in price units. dates, bars: of each, or none. window: what the service holds, by symbol.
        allow_jumps: whether a change by more than a factor of `MAX_JUMP` in a day passes.
    """

    identity: str
    request: Mapping[str, Any]
    closes: tuple[float, ...]
    symbol: str = ""
    dates: tuple[date, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    window: Window | None = None
    allow_jumps: bool = False

    @property
    def target(self) -> date | None:
        """The session forecast, where it is known: exchanges' calendars are the service's."""
        return self.window.target if self.window else None


def choose() -> Question | None:
    """Lets the reader choose; None while nothing can be asked, and why is on the page."""
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
    page.keep(_SYMBOL, None)
    try:
        return _by_file() if source == "upload" else _by_text()
    except ClosesError as error:
        st.error(page.plain(texts.error(error)))
        return None


def _by_symbol() -> Question | None:
    texts = page.texts()
    symbols = page.asked("symbols", service().symbols)
    if symbols is None:
        return None
    if not symbols:
        st.info(texts("forecast.no_symbols"))
        return None
    wanted = st.session_state.get("symbol_box") or st.session_state.get(_SYMBOL) or st.query_params.get(_SYMBOL)
    if wanted not in symbols:
        if wanted:
            st.warning(page.plain(texts("forecast.unknown_symbol", symbol=wanted[:40], other=symbols[0])))
        wanted = symbols[0]
    st.session_state["symbol_box"] = wanted
    symbol = st.selectbox(texts("forecast.symbol"), symbols, key="symbol_box")
    st.session_state[_SYMBOL] = symbol
    page.keep(_SYMBOL, symbol)
    window = page.asked("window", lambda: service().window(symbol))
    if window is None:
        return None
    identity = _identity(symbol, window.closes)
    return Question(identity, symbol_request(symbol), window.closes, symbol, window.dates, window=window)


def _by_file() -> Question | None:
    texts = page.texts()
    file = st.file_uploader(texts("forecast.file", count=WINDOW), type=["csv", "txt", "tsv"], key="file")
    allow_jumps = _explain()
    if file is None:
        st.info(texts("forecast.wait_file"))
        return None
    return _read(decode(file.getvalue()), allow_jumps=allow_jumps)


def _by_text() -> Question | None:
    texts = page.texts()
    text = st.text_area(texts("forecast.text", count=WINDOW), height=180, key="text")
    # Whoever leaves the field for the button has its text sent.
    st.button(texts("forecast.text_button"))
    allow_jumps = _explain()
    if not text.strip():
        st.info(texts("forecast.wait_text"))
        return None
    return _read(text, allow_jumps=allow_jumps)


def _explain() -> bool:
    texts = page.texts()
    with st.expander(texts("forecast.format")):
        st.markdown(texts("forecast.format_text", count=WINDOW))
    return st.checkbox(texts("forecast.allow_jumps", factor=texts.number(MAX_JUMP)), key="allow_jumps")


def _read(text: str, *, allow_jumps: bool) -> Question:
    texts = page.texts()
    found: Closes = read_closes(text, allow_jumps=allow_jumps)
    if found.left_out:
        st.markdown(texts("forecast.left_out", count=WINDOW, left_out=texts.number(found.left_out)))
    return Question(
        _identity("", found.closes),
        window_request(found.closes, allow_jumps=allow_jumps),
        found.closes,
        dates=found.dates,
        bars=found.bars,
        allow_jumps=allow_jumps,
    )


def _identity(symbol: str, closes: tuple[float, ...]) -> str:
    return hashlib.sha256(repr((symbol, closes)).encode()).hexdigest()[:12]
