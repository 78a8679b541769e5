"""Metrics of a run, for Prometheus: of every process that has users."""

from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUESTS = Counter(
    "nextclose_loadtest_requests", "Requests of the load test, by user and result (ok, failed).", ["name", "result"]
)
SECONDS = Histogram(
    "nextclose_loadtest_request_duration_seconds", "Time until its answer was there.", ["name"], buckets=_SECONDS
)
USERS = Gauge("nextclose_loadtest_users", "Users that ask now.")


def count(name: str, response_time: float, exception: Any = None, **_rest: Any) -> None:
    """Listens to Locust's event of a request; `response_time` is in milliseconds."""
    REQUESTS.labels(name, "ok" if exception is None else "failed").inc()
    SECONDS.labels(name).observe(response_time / 1000)
