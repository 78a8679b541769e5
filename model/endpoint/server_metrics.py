"""Metrics of both servers: requests, batches, connections and readiness."""

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from model.contract.errors import OverloadedError
from model.contract.status import INTERNAL, errors_with_status, status_of

SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUESTS = Counter(
    "nextclose_requests",
    "Inference requests answered, by protocol (v2, v1, grpc), HTTP status (for gRPC the equivalent) and reason.",
    ["role", "protocol", "code", "reason"],
)
REQUEST_SECONDS = Histogram(
    "nextclose_request_duration_seconds",
    "Time to answer an inference request, including the arrival of its body; without requests refused for overload.",
    ["role", "protocol"],
    buckets=SECONDS,
)
IN_FLIGHT = Gauge("nextclose_requests_in_flight", "Inference requests in progress.", ["role"])
BATCH_ROWS = Histogram(
    "nextclose_batch_rows",
    "Rows in one batch: one call of the predictor, or one run of its network.",
    ["role"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096),
)
BATCH_REQUESTS = Histogram(
    "nextclose_batch_requests",
    "Requests in one batch.",
    ["role"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
WAITING_ROWS = Gauge("nextclose_waiting_rows", "Rows waiting for the next batch.", ["role"])
CONNECTIONS = Gauge("nextclose_http_connections", "Open HTTP connections.", ["role"])
CONNECTIONS_REFUSED = Counter(
    "nextclose_http_connections_refused", "HTTP connections closed because the limit was reached.", ["role"]
)
READY = Gauge("nextclose_ready", "1 while requests can be answered.", ["role"])


def create_series(role: str, *protocols: str) -> None:
    """Create the series of a role before its first request.

    `rate` and `increase` do not count the first event of a series that is created by that event.

    Args:
        role: `predictor` or `transformer`.
        *protocols: Values of the label `protocol`.
    """
    READY.labels(role).set(0)
    IN_FLIGHT.labels(role)
    for protocol in protocols:
        REQUEST_SECONDS.labels(role, protocol)
        for code, reason in _OUTCOMES:
            REQUESTS.labels(role, protocol, code, reason)


# Code and reason of every possible outcome of a request.
_OUTCOMES: Final = (
    ("200", "ok"),
    ("499", "cancelled"),
    (str(int(INTERNAL.http)), "internal"),
    *((str(int(status.http)), kind.reason) for kind, status in errors_with_status()),
)


class track_request:  # noqa: N801  # a context manager, as `contextlib.suppress`
    """Context manager that counts and times a request; errors pass through.

    A class, because a generator-based context manager costs more and every request enters one.
    """

    __slots__ = ("_series", "_start")

    def __init__(self, role: str, protocol: str) -> None:
        self._series = _series(role, protocol)

    def __enter__(self) -> None:
        self._series.in_flight.inc()
        self._start = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        series = self._series
        series.in_flight.dec()
        # Refusals are immediate: with them, a service would seem faster the more requests it refuses.
        if not isinstance(error, OverloadedError):
            series.seconds.observe(time.perf_counter() - self._start)
        if error is None:
            series.answered.inc()
        elif isinstance(error, asyncio.CancelledError):
            # The client disconnected, which is not an error of the service; 499 is the status of nginx for it.
            REQUESTS.labels(series.role, series.protocol, "499", "cancelled").inc()
        else:
            code = str(int(status_of(error).http))
            REQUESTS.labels(series.role, series.protocol, code, getattr(error, "reason", "internal")).inc()


@dataclass(frozen=True, slots=True)
class _Series:
    role: str
    protocol: str
    in_flight: Gauge
    seconds: Histogram
    answered: Counter


@cache
def _series(role: str, protocol: str) -> _Series:
    return _Series(
        role,
        protocol,
        IN_FLIGHT.labels(role),
        REQUEST_SECONDS.labels(role, protocol),
        REQUESTS.labels(role, protocol, "200", "ok"),
    )
