"""Real prices for tests: the folder that NEXTCLOSE_TEST_PRICES names, else the index that `arch` ships."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.workplace import served, stepped, two_versions
from tests.object_store import object_store, s3_address, s3_variables

__all__ = [
    "PricesFile",
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
    """A CSV of real daily prices, as a user would export it: Date,Open,High,Low,Close,Volume."""

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
    """One symbol's real prices: PETR4.SA where the folder has it."""
    folder = os.environ.get("NEXTCLOSE_TEST_PRICES")
    if folder:
        return PricesFile(Path(folder) / "PETR4.SA.csv", "PETR4.SA")
    return _packaged_index(tmp_path_factory.mktemp("prices"))
