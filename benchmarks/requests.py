"""What a request costs as there are more rows in it, more of them at once, more threads, and too many altogether."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.contestants import Contestant, Running
from benchmarks.curves import Curve
from benchmarks.measure import Tell, ask, sample_windows
from loadtest.payloads import Payload, by_window, by_window_binary

ROWS: Final = (1, 4, 16, 64, 256, 1024, 4096)
CONCURRENCIES: Final = (1, 4, 16, 64, 128, 256, 512)
THREADS: Final = (1, 2)
_SECONDS: Final = 3.0
_OVERLOAD_CONNECTIONS: Final = 1024
Make = Callable[[Mapping[str, str]], Contestant]


def rows_in_a_request(running: Running) -> Curve:
    """Latency and windows a second, by rows in one request (binary, one connection)."""
    points = []
    for rows in ROWS:
        result = ask(running, [by_window_binary(sample_windows(rows))], 1, _SECONDS)
        p50 = float(np.median(result.latencies))
        points.append((str(rows), (p50, rows * len(result.latencies) / result.seconds)))
    return Curve("Rows in a request", "rows", ("p50", "windows a second"), points, "Binary, one connection.")


def connections(running: Running) -> Curve:
    """Throughput and latency by connections that ask at once."""
    points = []
    for concurrency in CONCURRENCIES:
        result = ask(running, json_bodies(), concurrency, _SECONDS)
        p50, p99 = np.percentile(result.latencies, [50, 99])
        points.append((str(concurrency), (len(result.latencies) / result.seconds, float(p50), float(p99))))
    note = "256 requests are answered at once by default; those over it get 503 at once and are not counted here."
    return Curve("Requests at once", "connections", ("answers a second", "p50", "p99"), points, note)


def threads(make: Make) -> Curve:
    """Windows a second by threads of the network, many rows a request."""
    body = by_window_binary(sample_windows(4096))
    points = []
    for count in THREADS:
        with Running(make({"NEXTCLOSE_PREDICTOR_THREADS": str(count)})) as running:
            ask(running, [body], 1, 1.0)
            result = ask(running, [body], 1, _SECONDS)
        points.append((str(count), (4096 * len(result.latencies) / result.seconds,)))
    note = "4,096 rows a request. One is the default: the second core is the transformer's."
    return Curve("Threads of the predictor", "threads", ("windows a second",), points, note)


@dataclass(frozen=True, slots=True)
class Overload:
    """What came of twice the best throughput.

    Attributes:
        best, offered, answered, refused: requests a second; `offered` is what was really sent.
        best_p99, p99, refusal_p99: seconds. failed: neither answered nor refused.
    """

    best: float
    best_p99: float
    offered: float
    answered: float
    p99: float
    refused: float
    refusal_p99: float
    failed: int


def overload(running: Running, tell: Tell) -> Overload:
    """Finds the best throughput and offers twice as much, over more connections than are answered at once."""
    bodies = json_bodies()
    best, best_p99 = 0.0, 0.0
    for concurrency in (64, 128, 256):
        result = ask(running, bodies, concurrency, _SECONDS)
        rate = len(result.latencies) / result.seconds
        tell(f"{concurrency} at once: {rate:.0f} a second")
        if rate > best:
            best, best_p99 = rate, float(np.percentile(result.latencies, 99))
    result = ask(running, bodies, _OVERLOAD_CONNECTIONS, 3 * _SECONDS, rate=2 * best)
    refused = len(result.refusals)
    return Overload(
        best=best,
        best_p99=best_p99,
        offered=(len(result.latencies) + refused) / result.seconds,
        answered=len(result.latencies) / result.seconds,
        p99=float(np.percentile(result.latencies, 99)),
        refused=refused / result.seconds,
        refusal_p99=float(np.percentile(result.refusals, 99)) if refused else 0.0,
        failed=sum(result.failures.values()),
    )


def json_bodies() -> list[Payload]:
    """Requests with one window each."""
    return [by_window(closes[None]) for closes in sample_windows(64)]
