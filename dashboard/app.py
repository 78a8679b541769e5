"""The Streamlit script, run for every visitor and after every interaction: language, navigation, the selected page."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import page
from dashboard.views import forecast, operations, track_record

PAGES: Final[dict[str, Callable[[], None]]] = {
    "forecast": forecast.show,
    "track_record": track_record.show,
    "operations": operations.show,
}


def main() -> None:
    """Show the page that the URL selects."""
    texts = page.texts()
    st.set_page_config(texts("title"), layout="wide", menu_items={})
    pages = {
        name: st.Page(show, title=texts(f"page.{name}"), url_path=name.replace("_", "-"), default=name == "forecast")
        for name, show in PAGES.items()
    }
    selected = st.navigation(list(pages.values()), position="top")
    # Links may select the page by a query parameter, as they select the symbol.
    requested = pages.get(st.query_params.get("page", "").replace("-", "_"))
    if requested is not None:
        page.set_query_param("page", None)
        st.switch_page(requested, query_params=dict(st.query_params))
    title, language = st.columns([4, 1], vertical_alignment="bottom")
    with language:
        page.show_language_selector()
    with title:
        st.title(page.texts()(f"page.{next(name for name, one in pages.items() if one == selected)}"), anchor=False)
    selected.run()
    st.markdown(page.texts()("no_advice"))


main()
