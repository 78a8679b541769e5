"""Thresholds of a load test, and the table of missed ones."""

from dataclasses import dataclass
from typing import Protocol

from loadtest.settings import LoadtestSettings


class Stats(Protocol):
    """Protocol of Locust's statistics.

    Attributes:
        num_requests: Number of requests.
        num_failures: Number of failed requests.
    """

    num_requests: int
    num_failures: int

    @property
    def total_rps(self) -> float:
        """Requests per second over the whole run."""

    def get_response_time_percentile(self, percent: float) -> float | None:
        """Percentile of the response time, in ms.

        Args:
            percent: 0 to 1.
        """


@dataclass(frozen=True, slots=True)
class MissedThreshold:
    """A missed threshold.

    Attributes:
        name: Name of the threshold.
        wanted: Required value, as text.
        got: Measured value, as text.
    """

    name: str
    wanted: str
    got: str


def missed_thresholds(total: Stats, settings: LoadtestSettings) -> list[MissedThreshold]:
    """Thresholds that a run missed. A run without requests also fails."""
    if not total.num_requests:
        return [MissedThreshold("requests", "at least 1", "0")]
    found = []
    ratio = total.num_failures / total.num_requests
    if ratio > settings.failure_ratio:
        found.append(MissedThreshold("failure ratio", f"at most {settings.failure_ratio:g}", f"{ratio:.4g}"))
    for name, limit in (("p50", settings.p50), ("p95", settings.p95), ("p99", settings.p99)):
        got = total.get_response_time_percentile(int(name[1:]) / 100) or 0.0
        if limit is not None and got > limit:
            found.append(MissedThreshold(name, f"at most {limit:g} ms", f"{got:g} ms"))
    if settings.rps is not None and total.total_rps < settings.rps:
        found.append(MissedThreshold("requests a second", f"at least {settings.rps:g}", f"{total.total_rps:.1f}"))
    return found


def format_table(found: list[MissedThreshold]) -> str:
    """Format missed thresholds as a text table."""
    rows = [("missed", "wanted", "got"), *((one.name, one.wanted, one.got) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
