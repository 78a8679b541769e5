import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from model.contract.errors import DataQualityError
from model.prices.quality import Dropped, QualityReport
from model.prices.series import PriceSeries
from model.prices.stock_splits import StockSplit, SuspectedSplit

Cleaned = tuple[PriceSeries, QualityReport]


@pytest.fixture
def report(cleaned: Cleaned) -> QualityReport:
    return replace(
        cleaned[1],
        sorted=False,
        dropped=(Dropped("in the future", tuple(date(2030, 1, day) for day in range(1, 12))),),
        missing=(date(2020, 11, 20),),
        surplus=(date(2020, 1, 1),),
        contradicting=(date(2020, 3, 9),),
        splits=(StockSplit(date(2024, 4, 16), 2.0, "confirmed"),),
        suspected=(SuspectedSplit(date(2018, 11, 21), 1.5, 54.0, 36.2),),
        older_from="yahoo",
    )


def test_report_is_restored_from_json(report: QualityReport) -> None:
    content = json.loads(json.dumps(report.to_dict()))
    assert QualityReport.from_dict(content) == report
    assert content["suspected"][0]["confirm"] == "--split 2018-11-21:1.5"
    assert content["age_seconds"] == round(report.age.total_seconds())
    del content["missing"]
    with pytest.raises(DataQualityError, match="quality report: expected the fields"):
        QualityReport.from_dict(content)


def test_text_contains_each_finding_once(report: QualityReport) -> None:
    lines = report.to_text().splitlines()
    assert len({line[:11].rstrip() for line in lines}) == len(lines)
    assert all(line[10] == " " and line[11] != " " for line in lines)
    text = "\n".join(lines)
    for part in (
        "11: in the future (2030-01-01 ", "and 3 more)", "1: no close for a session (2020-11-20)",
        "1: open, high or low contradict the close; stored as unknown (2020-03-09)",
        "2024-04-16 2 new for 1 old, adjusted (confirmed)", "54 -> 36.2, NOT adjusted; ",
        "confirm with --split 2018-11-21:1.5",
        "sorted", "closes from yahoo", report.symbol, str(report.last),
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=400), "400 days ago"),
        (timedelta(seconds=-5), "just now"),  # clocks differ
    ],
)
def test_text_contains_the_age(report: QualityReport, age: timedelta, expected: str) -> None:
    aged = replace(report, checked_at=report.downloaded_at + age)
    assert expected in aged.to_text()
