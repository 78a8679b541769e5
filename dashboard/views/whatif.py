"""What if: the last closes moved by hand, each by a share of itself."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import page
from dashboard.views.question import Question

_MOVED: Final = 5
_STEPS: Final = tuple(range(-40, 41))
_SHARE: Final = 0.005  # of a close, that one step is


def moved(question: Question) -> tuple[float, ...]:
    """The closes as the reader has moved them."""
    texts = page.texts()
    closes = list(question.closes)
    st.header(texts("whatif.title"), anchor=False)
    st.markdown(texts("whatif.text"))
    keys = {place: f"move-{question.identity}-{place}" for place in range(len(closes) - _MOVED, len(closes))}
    for place, key in keys.items():
        step = st.select_slider(
            _label(question, place), _STEPS, value=0, format_func=_told(question.closes[place]), key=key
        )
        closes[place] = _price(closes[place], step)
    st.button(
        texts("whatif.reset"), on_click=_reset, args=(list(keys.values()),), disabled=tuple(closes) == question.closes
    )
    return tuple(closes)


def _told(true: float) -> Callable[[int], str]:
    texts = page.texts()
    return lambda step: f"{texts.price(_price(true, step))} ({texts.change(_SHARE * step)})"


def _price(true: float, step: int) -> float:
    return true if step == 0 else float(f"{true * (1 + _SHARE * step):.10g}")


def _label(question: Question, place: int) -> str:
    texts = page.texts()
    if question.dates:
        return texts("whatif.close", date=texts.day(question.dates[place]))
    return texts("whatif.close_number", number=place + 1, count=len(question.closes))


def _reset(keys: list[str]) -> None:
    for key in keys:
        st.session_state[key] = 0
