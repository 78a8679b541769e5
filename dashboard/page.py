"""Helpers of all pages: language, theme and time zone of the visitor, errors, charts and tables."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import PLOTLY_CONFIG
from dashboard.dashboard_errors import NotReadyError
from dashboard.languages import LANGUAGES, chosen_language
from dashboard.palette import DARK, LIGHT, Palette
from dashboard.texts import Texts
from model.contract.errors import NextcloseError, UnavailableError

Found = TypeVar("Found")
# Accessibility that Streamlit lacks: the language of the document for screen readers, and keyboard access to tables and
# code blocks that scroll.
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
# Streamlit shows the copy button of a code block only under the pointer, so keyboard focus would be invisible on it.
_STYLE: Final = """
[data-testid="stCode"] > div { visibility: visible; opacity: 1 }
[data-testid="stCode"] pre { padding-right: 3rem }
"""
_LINK_MARKS: Final = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_LANGUAGE: Final = "language"
_LANG: Final = "lang"


def texts() -> Texts:
    """Return the texts in the visitor's language."""
    return Texts(st.session_state.get(_LANGUAGE) or _first_language(), _zone())


def palette() -> Palette:
    """Return the colours for the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def now() -> datetime:
    """Return the current time, to which ages are computed."""
    return datetime.now(UTC)


def show_language_selector() -> None:
    """Show the language selector; the selection is kept in the URL."""
    if _LANGUAGE not in st.session_state:
        st.session_state[_LANGUAGE] = _first_language()
    st.selectbox(texts()("language"), list(LANGUAGES), format_func=lambda tag: LANGUAGES[tag].name, key=_LANGUAGE)
    set_query_param(_LANG, st.session_state[_LANGUAGE])
    script = _SCRIPT.replace("LANGUAGE", st.session_state[_LANGUAGE])
    st.html(f"<style>{_STYLE}</style><script>{script}</script>", unsafe_allow_javascript=True)


def set_query_param(name: str, value: str | None) -> None:
    """Set or remove a query parameter of the URL; do nothing if it already has the value.

    Args:
        name: Name of the parameter.
        value: Its value; None removes it.
    """
    if value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def call_service(key: str, call: Callable[[], Found]) -> Found | None:
    """Call the service; on an error, show it with a button to try again and return None.

    Args:
        key: Key of the button, unique on the page.
        call: Calls the service.
    """
    try:
        with st.spinner(texts()("loading")):
            return call()
    except NextcloseError as error:
        show_error(key, error)
        return None


def show_error(key: str, error: NextcloseError) -> None:
    """Show an error in plain words, followed by technical details if it is unexpected, and a button to try again.

    Args:
        key: Key of the button, unique on the page.
        error: The error.
    """
    words = texts()
    st.error(escape_markdown(words.error(error)))
    if isinstance(error, UnavailableError) and not isinstance(error, NotReadyError):
        st.markdown(words("details", reason=escape_markdown(str(error))))
    st.button(words("retry"), key=f"retry-{key}")


def chart(figure: go.Figure, alternative: str, key: str) -> None:
    """Show a chart with its text alternative."""
    st.plotly_chart(figure, config=PLOTLY_CONFIG, alt=alternative, key=key)


def table(columns: Mapping[str, Sequence[str]], alternative: str) -> None:
    """Show a table of text with its text alternative."""
    cells = {name: [escape_markdown(cell) for cell in column] for name, column in columns.items()}
    st.table(cells, hide_index=True, alt=alternative)


def escape_markdown(text: str) -> str:
    r"""Escape Markdown, so that a text is shown as it is.

    >>> plain("a_b *c*")
    'a\\_b \\*c\\*'
    """
    # Markdown turns addresses into links after it has removed backslashes; a zero-width space prevents that.
    text = _LINK_MARKS.sub("\u200b", text)
    return "".join(f"\\{mark}" if mark in r"\`*_{}[]()<>#+!|~$:" else mark for mark in text)


def _first_language() -> str:
    return chosen_language(st.query_params.get(_LANG), st.context.locale)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
