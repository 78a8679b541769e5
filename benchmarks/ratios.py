"""From what was measured to ratios against the textbook server: of each round its own, then the median of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.measure import CONCURRENCIES, MANY_ROWS, Load, Measured

BASE: Final = "a"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something to compare.

    Attributes:
        name: for tables. rounds: its values, one for each round. more: whether more is better.
        must, aim: times better than the textbook server; below 1 for what may be worse. None where none is set.
    """

    name: str
    rounds: Callable[[Measured], list[float]]
    more: bool = False
    must: float | None = None
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times better than the textbook server: median, least and most of the rounds."""

    median: float
    low: float
    high: float


def _latency(name: str, concurrency: int, must: float | None = None, aim: float | None = None) -> Quantity:
    return Quantity(
        f"{name}, {concurrency} at once",
        lambda one: [float(getattr(load, name)) for load in one.of(concurrency)],
        must=must,
        aim=aim,
    )


def _rates(one: Measured) -> list[float]:
    return [max(load.rate for load in loads) for loads in _rounds(one)]


def _memory(one: Measured) -> list[float]:
    return [float(max(load.memory for load in loads)) for loads in _rounds(one)]


def _rounds(one: Measured) -> Sequence[Sequence[Load]]:
    return list(zip(*(one.of(concurrency) for concurrency in CONCURRENCIES), strict=True))


HEADLINE: Final = (
    _latency("p50", 1, 40, 60),
    _latency("p99", 32, 80, 120),
    Quantity("best throughput", _rates, more=True, must=100, aim=250),
    Quantity("CPU a request, 32 at once", lambda one: [load.cpu for load in one.of(32)], must=150, aim=250),
    Quantity("resident memory", _memory, must=1 / 1.4, aim=1 / 0.6),
    Quantity("start to ready", lambda one: list(one.starts), must=1 / 1.5, aim=1 / 0.5),
    Quantity(
        f"windows a second, {MANY_ROWS} in a binary request", lambda one: list(one.windows), more=True, must=3, aim=8
    ),
)
LATENCIES: Final = tuple(_latency(name, concurrency) for concurrency in CONCURRENCIES for name in ("p50", "p95", "p99"))


def ratio(quantity: Quantity, one: Measured, base: Measured) -> Ratio:
    """How many times better `one` is than `base`."""
    pairs = zip(quantity.rounds(one), quantity.rounds(base), strict=True)
    found = [ours / theirs if quantity.more else theirs / ours for ours, theirs in pairs]
    return Ratio(median(found), min(found), max(found))
