"""Prometheus metrics of a load test, in every process that runs users."""

from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUESTS = Counter(
    "nextclose_loadtest_requests",
    "Requests of the load test, by kind of request and result (ok, failed).",
    ["name", "result"],
)
SECONDS = Histogram(
    "nextclose_loadtest_request_duration_seconds",
    "Time from the request to the complete answer.",
    ["name"],
    buckets=_SECONDS,
)
USERS = Gauge("nextclose_loadtest_users", "Running users.")


def count(name: str, response_time: float, exception: Any = None, **_rest: Any) -> None:
    """Count a request. Listener of Locust's request event, whose `response_time` is in ms."""
    REQUESTS.labels(name, "ok" if exception is None else "failed").inc()
    SECONDS.labels(name).observe(response_time / 1000)
