"""Results of a load test as JSON: statistics by kind of request, totals and missed thresholds."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Final, Protocol

import orjson

from loadtest.thresholds import MissedThreshold, Stats

_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Entry(Stats, Protocol):
    """Locust's statistics of one kind of request.

    Attributes:
        name: Kind of request.
    """

    name: str


class AllStats(Protocol):
    """Locust's statistics of a run."""

    @property
    def total(self) -> Stats:
        """Statistics of all requests."""

    @property
    def entries(self) -> Mapping[tuple[str, str], Entry]:
        """Statistics by name and method."""


def document(stats: AllStats, missed: Iterable[MissedThreshold]) -> str:
    """Format the results as JSON.

    Args:
        stats: Locust's statistics.
        missed: Missed thresholds.

    Returns:
        JSON text with latencies in ms, which are null without requests.
    """
    found = [asdict(one) for one in missed]
    requests = {entry.name: _numbers(entry) for entry in stats.entries.values()}
    content = {"passed": not found, "missed": found, "requests": requests, "total": _numbers(stats.total)}
    return orjson.dumps(content).decode()


def _numbers(stats: Stats) -> dict[str, float | None]:
    latencies = {name: stats.get_response_time_percentile(share) for name, share in _QUANTILES.items()}
    return {
        "requests": stats.num_requests,
        "failures": stats.num_failures,
        "requests_per_second": stats.total_rps,
        **{name: value if stats.num_requests else None for name, value in latencies.items()},
    }
