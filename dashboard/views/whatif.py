"""What-if: change the last closes by sliders, each relative to its actual value."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import page
from dashboard.views.input_selection import ForecastInput

_SLIDERS: Final = 5
_STEPS: Final = tuple(range(-40, 41))
_STEP_SIZE: Final = 0.005  # relative to the close


def show_sliders(question: ForecastInput) -> tuple[float, ...]:
    """Show the sliders; return the closes with the changes of the user."""
    texts = page.texts()
    closes = list(question.closes)
    st.header(texts("whatif.title"), anchor=False)
    st.markdown(texts("whatif.text"))
    keys = {index: f"move-{question.identity}-{index}" for index in range(len(closes) - _SLIDERS, len(closes))}
    for index, key in keys.items():
        step = st.select_slider(
            _label(question, index), _STEPS, value=0, format_func=_step_format(question.closes[index]), key=key
        )
        closes[index] = _price(closes[index], step)
    st.button(
        texts("whatif.reset"), on_click=_reset, args=(list(keys.values()),), disabled=tuple(closes) == question.closes
    )
    return tuple(closes)


def _step_format(actual: float) -> Callable[[int], str]:
    texts = page.texts()
    return lambda step: f"{texts.price(_price(actual, step))} ({texts.change(_STEP_SIZE * step)})"


def _price(actual: float, step: int) -> float:
    return actual if step == 0 else float(f"{actual * (1 + _STEP_SIZE * step):.10g}")


def _label(question: ForecastInput, index: int) -> str:
    texts = page.texts()
    if question.dates:
        return texts("whatif.close", date=texts.day(question.dates[index]))
    return texts("whatif.close_number", number=index + 1, count=len(question.closes))


def _reset(keys: list[str]) -> None:
    for key in keys:
        st.session_state[key] = 0
