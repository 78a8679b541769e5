"""Ratios between contestants, computed in each round and summarised by the median of the rounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.measure import CONCURRENCIES, Load, Measured

ONNX: Final = "onnx"
TENSORFLOW: Final = "tensorflow"
OWN: Final = (TENSORFLOW, ONNX)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity to compare.

    Attributes:
        name: Name in tables.
        rounds: Returns one value for each round.
        more: Whether a higher value is better.
    """

    name: str
    rounds: Callable[[Measured], list[float]]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """Median, minimum and maximum of the rounds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A required ratio to the best peer, and a target.

    Attributes:
        key: Key of the contestant that the goal is for.
        label: Name of that contestant in tables.
        quantity: Quantity to compare.
        must: The required ratio.
        aim: The target.
    """

    key: str
    label: str
    quantity: Quantity
    must: float
    aim: float

    def reached(self, value: float, goal: float) -> bool:
        """Whether a ratio is as good as `goal`."""
        return value >= goal if self.quantity.more else value <= goal


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of one goal: a contestant's ratio to the best peer."""

    goal: Goal
    peer: str
    ratio: Ratio

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal.reached(self.ratio.median, self.goal.must)


def _loads(name: str, concurrency: int, of: Callable[[Load], float], *, more: bool = False) -> Quantity:
    connections = f"{concurrency} connection{'' if concurrency == 1 else 's'}"
    return Quantity(f"{name}, {connections}", lambda one: [of(load) for load in one.at(concurrency)], more)


RATES: Final = {
    count: _loads("responses per second", count, lambda load: load.rate, more=True) for count in CONCURRENCIES
}
P50: Final = {count: _loads("p50", count, lambda load: load.p50) for count in CONCURRENCIES}
P99: Final = {count: _loads("p99", count, lambda load: load.p99) for count in CONCURRENCIES}
CPU: Final = {count: _loads("CPU per request", count, lambda load: load.cpu) for count in CONCURRENCIES}
MEMORY: Final = Quantity("memory", lambda one: list(one.memory))
START: Final = Quantity("start to ready", lambda one: list(one.starts))
QUANTITIES: Final = (*RATES.values(), *P50.values(), *P99.values(), *CPU.values(), MEMORY, START)

GOALS: Final = (
    Goal(ONNX, "ONNX", RATES[32], 2.2, 3.5),
    Goal(ONNX, "ONNX", RATES[128], 2.2, 3.5),
    Goal(ONNX, "ONNX", P50[1], 0.65, 0.4),
    Goal(ONNX, "ONNX", P99[32], 0.35, 0.2),
    Goal(ONNX, "ONNX", CPU[32], 0.5, 0.3),
    Goal(ONNX, "ONNX", MEMORY, 1.5, 1.2),
    Goal(ONNX, "ONNX", START, 0.9, 0.6),
    Goal(TENSORFLOW, "TensorFlow", RATES[32], 2.0, 3.0),
)


def ratio(quantity: Quantity, one: Measured, base: Measured) -> Ratio:
    """The value of `one` as a multiple of that of `base`."""
    found = [mine / theirs for mine, theirs in zip(quantity.rounds(one), quantity.rounds(base), strict=True)]
    return Ratio(median(found), min(found), max(found))


def best_peer(quantity: Quantity, measured: Sequence[Measured]) -> Measured:
    """The peer with the best median of a quantity.

    Raises:
        ValueError: No peer was measured.
    """
    choose = max if quantity.more else min
    return choose((one for one in measured if one.key not in OWN), key=lambda one: median(quantity.rounds(one)))


def compare(measured: Sequence[Measured]) -> list[Comparison]:
    """Every goal of the measured contestants against the best peer; empty without peers."""
    named = {one.key: one for one in measured}
    if not named.keys() - set(OWN):
        return []
    found = []
    for goal in GOALS:
        if goal.key in named:
            peer = best_peer(goal.quantity, measured)
            found.append(Comparison(goal, peer.name, ratio(goal.quantity, named[goal.key], peer)))
    return found
