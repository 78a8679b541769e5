from pathlib import Path

import pytest

from model.contract.errors import SettingsError
from model.prices.sources.choice import NAMES, choose


def test_the_usual_order() -> None:
    usual = choose(alphavantage_key="k")
    assert [source.name for source in usual.sources] == ["yahoo", "alphavantage"]
    assert usual.last_good


@pytest.mark.parametrize("name", NAMES)
def test_a_name_fixes_the_source(name: str) -> None:
    fixed = choose(name, csv=Path("x.csv") if name == "csv" else None, alphavantage_key="k")
    assert [source.name for source in fixed.sources] == ([] if name == "store" else [name])
    assert fixed.last_good is (name == "store")


def test_a_file_fixes_csv() -> None:
    fixed = choose(csv=Path("x.csv"), alphavantage_key="k")
    assert [source.name for source in fixed.sources] == ["csv"]
    assert not fixed.last_good


def test_what_does_not_go_together() -> None:
    for name, csv, expected in (
        ("yahoo", Path("x.csv"), "expected csv or nothing beside a CSV file, got yahoo"),
        ("csv", None, "source csv: expected a file"),
        ("alphavantage", None, "source alphavantage: expected a key"),
        ("google", None, "expected one of yahoo, alphavantage, store, csv, arch, got 'google'"),
    ):
        with pytest.raises(SettingsError, match=expected):
            choose(name, csv=csv)
