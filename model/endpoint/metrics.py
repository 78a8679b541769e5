"""Metrics that every endpoint has: requests by code and reason, and how many are being answered."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from model.contract.status import INTERNAL, answered_errors, status_of

SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUESTS = Counter(
    "nextclose_requests",
    "Inference requests answered, by protocol (v2, v1, grpc), HTTP status (for gRPC the equivalent) and reason.",
    ["role", "protocol", "code", "reason"],
)
REQUEST_SECONDS = Histogram(
    "nextclose_request_duration_seconds",
    "Time to answer an inference request, the arrival of its body included.",
    ["role", "protocol"],
    buckets=SECONDS,
)
IN_FLIGHT = Gauge("nextclose_requests_in_flight", "Inference requests being answered now.", ["role"])
READY = Gauge("nextclose_ready", "1 while requests can be answered.", ["role"])


def announce(role: str, *protocols: str) -> None:
    """Makes the series of a role known before its first request: one that comes with an event hides it from `rate`."""
    READY.labels(role).set(0)
    IN_FLIGHT.labels(role)
    for protocol in protocols:
        REQUEST_SECONDS.labels(role, protocol)
        for code, reason in _ENDS:
            REQUESTS.labels(role, protocol, code, reason)


# How a request can end: answered, left by its sender, or with one of the errors.
_ENDS: Final = (
    ("200", "ok"),
    ("499", "cancelled"),
    (str(int(INTERNAL.http)), "internal"),
    *((str(int(status.http)), kind.reason) for kind, status in answered_errors()),
)


@contextmanager
def observed(role: str, protocol: str) -> Iterator[None]:
    """Counts and times a request; errors pass through."""
    code, reason = "200", "ok"
    with IN_FLIGHT.labels(role).track_inprogress(), REQUEST_SECONDS.labels(role, protocol).time():
        try:
            yield
        except asyncio.CancelledError:
            # Its sender has gone (nginx's number for it): no fault of the service.
            code, reason = "499", "cancelled"
            raise
        except BaseException as error:
            code = str(int(status_of(error).http))
            reason = getattr(error, "reason", "internal")
            raise
        finally:
            REQUESTS.labels(role, protocol, code, reason).inc()
