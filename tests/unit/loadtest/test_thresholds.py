"""Thresholds: only missed ones are reported, by name."""

from dataclasses import dataclass

from loadtest.settings import LoadtestSettings
from loadtest.thresholds import format_table, missed_thresholds
from model.endpoint.program import read_settings


@dataclass
class Total:
    num_requests: int = 1000
    num_failures: int = 0
    total_rps: float = 500.0

    def get_response_time_percentile(self, percent: float) -> float | None:
        return {0.5: 4.0, 0.95: 9.0, 0.99: 20.0}[percent]


def settings(**given: object) -> LoadtestSettings:
    return read_settings(LoadtestSettings, **given)


def test_run_without_thresholds_passes() -> None:
    assert missed_thresholds(Total(), settings()) == []


def test_missed_thresholds_are_reported() -> None:
    found = missed_thresholds(Total(num_failures=10), settings(p50=4, p95=8, p99=19.5, rps=501))
    assert [one.name for one in found] == ["failure ratio", "p95", "p99", "requests a second"]
    assert format_table(found).splitlines() == [
        "missed             wanted           got",
        "failure ratio      at most 0        0.01",
        "p95                at most 8 ms     9 ms",
        "p99                at most 19.5 ms  20 ms",
        "requests a second  at least 501     500.0",
    ]


def test_values_equal_to_the_thresholds_pass() -> None:
    assert missed_thresholds(Total(num_failures=10), settings(failure_ratio=0.01, p50=4, p99=20, rps=500)) == []


def test_run_without_requests_fails() -> None:
    assert [one.name for one in missed_thresholds(Total(num_requests=0), settings())] == ["requests"]
