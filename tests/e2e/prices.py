"""Prices for the tests: the S&P 500 index that `arch` ships, as a user's own CSV."""

from functools import cache

import pandas as pd
from arch.data import sp500

COLUMNS = ["Open", "High", "Low", "Close", "Volume"]


@cache
def _index() -> pd.DataFrame:
    frame: pd.DataFrame = sp500.load()[COLUMNS]
    return frame


def csv_without_last(sessions: int) -> str:
    """All sessions but the last few, which are to come later."""
    frame = _index().iloc[: len(_index()) - sessions].copy()
    # Kept short: a ConfigMap has 1 MiB.
    text: str = frame.round(2).to_csv(index_label="Date")
    return text


def window() -> list[float]:
    """60 closes, oldest first."""
    closes: list[float] = _index()["Close"].iloc[-200:-140].tolist()
    return closes
