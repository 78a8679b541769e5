"""Shared fixtures, including real prices from the folder NEXTCLOSE_TEST_PRICES or from the package `arch`."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.workplace import served, stepped, two_versions
from tests.object_store import object_store, s3_address, s3_variables
from tests.pages.browser import browser

__all__ = [
    "PricesFile",
    "browser",
    "object_store",
    "prices_file",
    "s3_address",
    "s3_variables",
    "served",
    "stepped",
    "two_versions",
]


@dataclass(frozen=True, slots=True)
class PricesFile:
    """A CSV file of real daily prices in the format of common exports: Date,Open,High,Low,Close,Volume."""

    path: Path
    symbol: str


def _packaged_index(folder: Path) -> PricesFile:
    from arch.data import sp500

    frame = sp500.load()
    path = folder / "^GSPC.csv"
    frame[["Open", "High", "Low", "Close", "Volume"]].to_csv(path, index_label="Date")
    return PricesFile(path, "^GSPC")


@pytest.fixture(scope="session")
def prices_file(tmp_path_factory: pytest.TempPathFactory) -> PricesFile:
    """Real prices of one symbol: PETR4.SA if NEXTCLOSE_TEST_PRICES is set, otherwise ^GSPC."""
    folder = os.environ.get("NEXTCLOSE_TEST_PRICES")
    if folder:
        return PricesFile(Path(folder) / "PETR4.SA.csv", "PETR4.SA")
    return _packaged_index(tmp_path_factory.mktemp("prices"))
