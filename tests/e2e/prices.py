"""Prices for the tests: the S&P 500 index that `arch` ships, as a CSV file."""

from functools import cache

import pandas as pd
from arch.data import sp500

COLUMNS = ["Open", "High", "Low", "Close", "Volume"]


@cache
def _index() -> pd.DataFrame:
    frame: pd.DataFrame = sp500.load()[COLUMNS]
    return frame


def csv_without_last(sessions: int) -> str:
    """Return the prices as CSV, without the last sessions."""
    frame = _index().iloc[: len(_index()) - sessions].copy()
    # Rounded because a ConfigMap is limited to 1 MiB.
    text: str = frame.round(2).to_csv(index_label="Date")
    return text


def window() -> list[float]:
    """Return a window: 60 closes, oldest first."""
    closes: list[float] = _index()["Close"].iloc[-200:-140].tolist()
    return closes
