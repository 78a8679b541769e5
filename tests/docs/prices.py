"""Prices of PETR4.SA for the commands of the documents."""

import csv
from datetime import date
from pathlib import Path
from typing import Final

from model.prices.calendars import sessions_between
from tests.conftest import PricesFile

SYMBOL: Final = "PETR4.SA"
FIRST, LAST = date(2018, 1, 2), date(2024, 12, 30)


def petrobras(prices: PricesFile, folder: Path) -> Path:
    """Return a CSV with the symbol and dates that the documents use.

    If the tests have no prices of the symbol, the closes of the packaged index are dated with B3 sessions instead.
    """
    if prices.symbol == SYMBOL:
        return prices.path
    with prices.path.open() as file:
        closes = [row["Close"] for row in csv.DictReader(file)]
    days = sessions_between("BVMF", FIRST, LAST)
    path = folder / f"{SYMBOL}.csv"
    lines = [f"{day},{close}" for day, close in zip(days, closes[-len(days) :], strict=True)]
    path.write_text("\n".join(["Date,Close", *lines]) + "\n")
    return path
