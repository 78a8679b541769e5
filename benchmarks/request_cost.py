"""Cost of requests by rows, concurrent connections and threads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from benchmarks.client import Result
from benchmarks.contestants import Contestant, Running
from benchmarks.curves import Curve
from benchmarks.measure import ask, json_bodies, sample_windows
from loadtest.payloads import Payload, by_window_binary
from transformer.settings import TransformerSettings

ROWS: Final = (1, 4, 16, 64, 256, 1024, 4096)
CONCURRENCIES: Final = (1, 4, 16, 64, 128, 256, 512)
THREADS: Final = (1, 2)
_SECONDS: Final = 3.0
Make = Callable[[Mapping[str, str]], Contestant]


def rows_in_a_request(running: Running) -> Curve:
    """Latency and windows per second, by rows in one request (binary, one connection)."""
    points = []
    for rows in ROWS:
        result = _answered(running, [by_window_binary(sample_windows(rows))], 1, _SECONDS)
        p50 = float(np.median(result.latencies))
        points.append((str(rows), (p50, rows * result.rate)))
    return Curve("Rows per request", "rows", ("p50", "windows per second"), points, "Binary, one connection.")


def connections(running: Running) -> Curve:
    """Throughput and latency by concurrent connections."""
    points = []
    for concurrency in CONCURRENCIES:
        result = _answered(running, json_bodies(running), concurrency, _SECONDS)
        p50, p99 = np.percentile(result.latencies, [50, 99])
        points.append((str(concurrency), (result.rate, float(p50), float(p99))))
    limit = TransformerSettings.model_fields["in_flight_limit"].default
    note = (
        f"By default {limit} requests are answered concurrently. Further requests are immediately refused with 503 and "
        "are not counted here."
    )
    return Curve("Concurrent requests", "connections", ("responses per second", "p50", "p99"), points, note)


def threads(make: Make) -> Curve:
    """Windows per second by threads of the network, with many rows per request."""
    body = by_window_binary(sample_windows(4096))
    points = []
    for count in THREADS:
        with Running(make({"NEXTCLOSE_PREDICTOR_THREADS": str(count)})) as running:
            ask(running, [body], 1, 1.0)
            result = _answered(running, [body], 1, _SECONDS)
        points.append((str(count), (4096 * result.rate,)))
    note = "4,096 rows per request. The default is one thread, because the transformer needs the second core."
    return Curve("Threads of the predictor", "threads", ("windows per second",), points, note)


def _answered(running: Running, payloads: Sequence[Payload], concurrency: int, seconds: float) -> Result:
    result = ask(running, payloads, concurrency, seconds)
    if result.failures:
        raise RuntimeError(f"{running.contestant.name}: {result.failures}")
    return result
