"""What a run must reach, and the table of what it missed."""

from dataclasses import dataclass
from typing import Protocol

from loadtest.settings import LoadtestSettings


class Stats(Protocol):
    """What is read of Locust's total."""

    num_requests: int
    num_failures: int
    total_rps: float

    def get_response_time_percentile(self, percent: float) -> float | None:
        """In milliseconds."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A threshold that was not kept."""

    name: str
    wanted: str
    got: str


def missed(total: Stats, settings: LoadtestSettings) -> list[Missed]:
    """The thresholds that a run did not keep; one that asked nothing misses all."""
    if not total.num_requests:
        return [Missed("requests", "at least 1", "0")]
    found = []
    ratio = total.num_failures / total.num_requests
    if ratio > settings.failure_ratio:
        found.append(Missed("failure ratio", f"at most {settings.failure_ratio:g}", f"{ratio:.4g}"))
    for name, wanted in (("p50", settings.p50), ("p95", settings.p95), ("p99", settings.p99)):
        got = total.get_response_time_percentile(int(name[1:]) / 100) or 0.0
        if wanted is not None and got > wanted:
            found.append(Missed(name, f"at most {wanted:g} ms", f"{got:g} ms"))
    if settings.rps is not None and total.total_rps < settings.rps:
        found.append(Missed("requests a second", f"at least {settings.rps:g}", f"{total.total_rps:.1f}"))
    return found


def table(found: list[Missed]) -> str:
    """Lines of text, one for each."""
    rows = [("missed", "wanted", "got"), *((one.name, one.wanted, one.got) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
