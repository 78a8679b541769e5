from pathlib import Path

import pytest

from model.contract.errors import SettingsError
from model.prices.sources.source_order import NAMES, select_sources


def test_default_order_ends_with_the_last_good_download() -> None:
    default = select_sources(alphavantage_key="k")
    assert [source.name for source in default.sources] == ["yahoo", "alphavantage"]
    assert default.use_last_download


@pytest.mark.parametrize("name", NAMES)
def test_name_selects_one_source(name: str) -> None:
    single = select_sources(name, csv=Path("x.csv") if name == "csv" else None, alphavantage_key="k")
    assert [source.name for source in single.sources] == ([] if name == "store" else [name])
    assert single.use_last_download is (name == "store")


def test_csv_file_selects_the_csv_source() -> None:
    single = select_sources(csv=Path("x.csv"), alphavantage_key="k")
    assert [source.name for source in single.sources] == ["csv"]
    assert not single.use_last_download


def test_invalid_combinations_raise_settings_error() -> None:
    for name, csv, expected in (
        ("yahoo", Path("x.csv"), "expected csv or no source together with a CSV file, got yahoo"),
        ("csv", None, "source csv: expected a file"),
        ("alphavantage", None, "source alphavantage: expected a key"),
        ("google", None, "expected one of yahoo, alphavantage, store, csv, arch, got 'google'"),
    ):
        with pytest.raises(SettingsError, match=expected):
            select_sources(name, csv=csv)
