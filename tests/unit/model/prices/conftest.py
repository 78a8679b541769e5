"""Fixtures with raw bars of real prices, and a time after all of their sessions."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.prices.clean import clean
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.csvfile import CsvSource
from model.prices.sources.source import RawPrices
from model.prices.store import PriceStore
from tests.conftest import PricesFile

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def raw(prices_file: PricesFile) -> RawPrices:
    return CsvSource(prices_file.path).fetch(prices_file.symbol, now=NOW)


@pytest.fixture(scope="session")
def cleaned(raw: RawPrices) -> tuple[PriceSeries, QualityReport]:
    return clean(raw, now=NOW)


@pytest.fixture
def store(tmp_path: Path) -> PriceStore:
    return PriceStore(str(tmp_path / "store"))
