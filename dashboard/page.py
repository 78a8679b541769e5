"""What every page has: language, theme and zone of the reader, and how a fault of the service is told."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import CONFIG
from dashboard.faults import NotReadyError
from dashboard.palette import DARK, LIGHT, Palette
from dashboard.texts import LANGUAGES, Texts, chosen_language
from model.contract.errors import NextcloseError, UnavailableError

Found = TypeVar("Found")
# What Streamlit leaves undone for screen readers and keyboards: the language that the document is in, and a way to
# tables that are wider than a phone and requests that are longer than their box.
_SCRIPT: Final = """
document.documentElement.lang = "LANGUAGE";
if (!window.nextcloseScrolled) {
  const parts = '[data-testid="stTable"], [data-testid="stTable"] div, [data-testid="stCode"] pre';
  window.nextcloseScrolled = new MutationObserver(() => {
    for (const part of document.querySelectorAll(parts)) {
      const long = part.matches('pre') && part.scrollHeight > part.clientHeight;
      if (long || part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    }
  });
  window.nextcloseScrolled.observe(document.body, {childList: true, subtree: true});
}
"""
# Streamlit shows the button that copies to a pointer alone: the focus is lost where it goes from code to button.
_STYLE: Final = """
[data-testid="stCode"] > div { visibility: visible; opacity: 1 }
[data-testid="stCode"] pre { padding-right: 3rem }
"""
_LINKED: Final = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_LANGUAGE: Final = "language"
_LANG: Final = "lang"


def texts() -> Texts:
    """The words of this reader."""
    return Texts(st.session_state.get(_LANGUAGE) or _first_language(), _zone())


def palette() -> Palette:
    """The colours of the scheme that the reader's system has."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def now() -> datetime:
    """The time that ages are counted to."""
    return datetime.now(UTC)


def choose_language() -> None:
    """The choice of language; the address keeps it."""
    if _LANGUAGE not in st.session_state:
        st.session_state[_LANGUAGE] = _first_language()
    st.selectbox(texts()("language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=_LANGUAGE)
    keep(_LANG, st.session_state[_LANGUAGE])
    script = _SCRIPT.replace("LANGUAGE", st.session_state[_LANGUAGE])
    st.html(f"<style>{_STYLE}</style><script>{script}</script>", unsafe_allow_javascript=True)


def keep(name: str, value: str | None) -> None:
    """Writes a part of the address after `?`, or takes it away; nothing where it is so already."""
    if value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def asked(key: str, call: Callable[[], Found]) -> Found | None:
    """What the service answers; where it does not, that is told with a button to ask again, and None is given.

    Args:
        key: of the button, unique on the page.
        call: what asks.
    """
    try:
        with st.spinner(texts()("loading")):
            return call()
    except NextcloseError as error:
        tell_fault(key, error)
        return None


def tell_fault(key: str, error: NextcloseError) -> None:
    """An error in plain words, the technical ones below them, and a button that asks again."""
    words = texts()
    st.error(plain(words.error(error)))
    if isinstance(error, UnavailableError) and not isinstance(error, NotReadyError):
        st.markdown(words("detail", reason=plain(str(error))))
    st.button(words("retry"), key=f"retry-{key}")


def chart(figure: go.Figure, alternative: str, key: str) -> None:
    """A chart with its alternative in words."""
    st.plotly_chart(figure, config=CONFIG, alt=alternative, key=key)


def table(columns: Mapping[str, Sequence[str]], alternative: str) -> None:
    """A table of text."""
    cells = {name: [plain(cell) for cell in column] for name, column in columns.items()}
    st.table(cells, hide_index=True, alt=alternative)


def plain(text: str) -> str:
    r"""Text that is no Markdown: what a message says stays as it is.

    >>> plain("a_b *c*")
    'a\\_b \\*c\\*'
    """
    # Markdown makes links of addresses after it has taken such marks away: an invisible blank parts these.
    text = _LINKED.sub("\u200b", text)
    return "".join(f"\\{mark}" if mark in r"\`*_{}[]()<>#+!|~$:" else mark for mark in text)


def _first_language() -> str:
    return chosen_language(st.query_params.get(_LANG), st.context.locale)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
