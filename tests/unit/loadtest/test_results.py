"""Results of a load test as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtest.results import document
from loadtest.thresholds import MissedThreshold


@dataclass
class _Entry:
    name: str = "Aggregated"
    num_requests: int = 0
    num_failures: int = 0
    total_rps: float = 0.0

    def get_response_time_percentile(self, percent: float) -> float | None:
        return 100 * percent


@dataclass
class _Stats:
    total: _Entry
    entries: Mapping[tuple[str, str], _Entry] = field(default_factory=dict)


def test_document_has_every_kind_of_request_and_missed_thresholds() -> None:
    window = _Entry("window, JSON", 3, 1, 1.5)
    found = json.loads(document(_Stats(window, {("window, JSON", "POST"): window}), [MissedThreshold("p50", "1", "2")]))
    numbers = {"requests": 3, "failures": 1, "requests_per_second": 1.5, "p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert found == {
        "passed": False,
        "missed": [{"name": "p50", "wanted": "1", "got": "2"}],
        "requests": {"window, JSON": numbers},
        "total": numbers,
    }


def test_latencies_without_requests_are_null() -> None:
    found = json.loads(document(_Stats(_Entry()), []))
    assert found["passed"] is True
    assert found["total"] == {
        "requests": 0, "failures": 0, "requests_per_second": 0.0, "p50": None, "p95": None, "p99": None,
    }  # fmt: skip
