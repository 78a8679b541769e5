"""Visits of the pages with Streamlit's AppTest, in the test process."""

from pathlib import Path
from typing import Final

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.client import service as client
from dashboard.settings import settings
from dashboard.texts import Texts

# The path of the script, because importing it would run it.
_APP: Final = str(Path(dashboard.__file__).with_name("app.py"))
_KINDS: Final = ("markdown", "info", "warning", "error", "success", "title", "header", "caption", "code")
EN, PT = Texts("en"), Texts("pt-BR")


def visit(query: dict[str, str] | None = None) -> AppTest:
    """Run the page for a new visitor."""
    test = AppTest.from_file(_APP, default_timeout=30)
    for name, value in {"lang": "en", **(query or {})}.items():
        test.query_params[name] = value
    return test.run()


def page_text(test: AppTest) -> str:
    """Return all text on the page."""
    assert not test.exception, test.exception
    text = "\n".join(str(getattr(element, "value", "")) for kind in _KINDS for element in test.get(kind))
    return text.replace("\\", "")  # without escapes of Markdown


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in test.metric}


def tables(test: AppTest) -> list[pd.DataFrame]:
    """Return all tables, without escapes of Markdown."""
    return [table.value.map(lambda cell: str(cell).replace("\\", "")) for table in test.table]


def configure(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Change settings of the dashboard."""
    for name, value in variables.items():
        monkeypatch.setenv(f"NEXTCLOSE_DASHBOARD_{name.upper()}", value)
    reset()


def reset() -> None:
    """Discard the cached client and settings."""
    if client.cache_info().currsize:
        client().close()
    settings.cache_clear()
    client.cache_clear()
