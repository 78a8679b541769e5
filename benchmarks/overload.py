"""Overload: throughput and latency when requests arrive at twice the best throughput."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from benchmarks.contestants import Running
from benchmarks.measure import ask, json_bodies
from benchmarks.version import Progress

ROUNDS: Final = 31
CONNECTIONS: Final = 1024
CONNECTION_COUNTS: Final = (64, 128)  # connections for the best throughput; more do not increase it
SECONDS: Final = 2.0
ANSWERED_MUST: Final = 0.85  # of the best throughput
P99_MUST: Final = 3.0  # times the p99 at the best throughput
_TRIALS: Final = 5


@dataclass(frozen=True, slots=True)
class Round:
    """A measurement of the best throughput, directly followed by one at twice this rate.

    Attributes:
        best: Best throughput, in responses per second.
        best_p99: 99th percentile of its latencies, in seconds.
        offered: Requests sent per second under overload.
        answered: Responses per second under overload.
        p99: 99th percentile of the responses' latencies under overload, in seconds.
        refusal_p99: 99th percentile of the refusals' latencies, in seconds.
        failed: Number of requests that were neither answered nor refused.
    """

    best: float
    best_p99: float
    offered: float
    answered: float
    p99: float
    refusal_p99: float
    failed: int


@dataclass(frozen=True, slots=True)
class Overload:
    """Summary of all rounds.

    Attributes:
        connections: Number of connections with the best throughput.
        rounds: Number of rounds.
        offered: Requests sent, as a multiple of the best throughput.
        answered: Requests answered, as a fraction of the best throughput.
        answered_half: Lower and upper quartile of `answered` over the rounds.
        p99: p99 of the responses as a multiple of that at the best throughput, the median of the rounds.
        refused: Requests refused, as a fraction of the requests sent.
        refusal_p99: p99 of the refusals in seconds, the median of the rounds.
        failed: Number of requests that were neither answered nor refused.
    """

    connections: int
    rounds: int
    offered: float
    answered: float
    answered_half: tuple[float, float]
    p99: float
    refused: float
    refusal_p99: float
    failed: int

    def missed(self) -> list[str]:
        """Descriptions of the goals that were missed."""
        lines = []
        if self.answered < ANSWERED_MUST:
            lines.append(f"overload: {self.answered:.0%} of the best throughput answered, at least {ANSWERED_MUST:.0%}")
        if self.failed:
            lines.append(f"overload: {self.failed} requests failed, expected none")
        if self.p99 > P99_MUST:
            lines.append(f"overload: p99 {self.p99:.1f} times that at the best throughput, at most {P99_MUST:g}")
        return lines


def overload(running: Running, progress: Progress, rounds: int = ROUNDS) -> Overload:
    """Send requests at twice the best throughput, over more connections than are answered concurrently.

    There are many short rounds, because the speed of a machine changes within a minute by more than the effect to
    measure. The number of connections with the best throughput is chosen before the rounds: the better of two
    measurements in each round would be biased by chance.
    """
    bodies = json_bodies(running)
    trials = [{count: ask(running, bodies, count, SECONDS).rate for count in CONNECTION_COUNTS} for _ in range(_TRIALS)]
    connections = best_connections({count: [trial[count] for trial in trials] for count in CONNECTION_COUNTS})
    progress(f"best throughput with {connections} connections")
    found = []
    for number in range(rounds):
        one = _round(running, connections)
        progress(f"overload {number + 1} of {rounds}: {one.answered / one.best:.0%} of the best throughput answered")
        found.append(one)
    return summary(connections, found)


def best_connections(rates: Mapping[int, Sequence[float]]) -> int:
    """The number of connections with the highest median of its rates."""
    return max(rates, key=lambda count: median(rates[count]))


def summary(connections: int, rounds: Sequence[Round]) -> Overload:
    """Summarise the rounds."""
    best, offered, answered = (sum(getattr(one, of) for one in rounds) for of in ("best", "offered", "answered"))
    low, high = np.quantile([one.answered / one.best for one in rounds], [0.25, 0.75])
    return Overload(
        connections=connections,
        rounds=len(rounds),
        offered=offered / best,
        answered=answered / best,
        answered_half=(float(low), float(high)),
        p99=median(one.p99 / one.best_p99 for one in rounds),
        refused=1 - answered / offered,
        refusal_p99=median(one.refusal_p99 for one in rounds),
        failed=sum(one.failed for one in rounds),
    )


def _round(running: Running, connections: int) -> Round:
    bodies = json_bodies(running)
    best = ask(running, bodies, connections, SECONDS)
    result = ask(running, bodies, CONNECTIONS, SECONDS, rate=2 * best.rate)
    return Round(
        best=best.rate,
        best_p99=_p99(best.latencies),
        offered=(len(result.latencies) + len(result.refusals)) / result.seconds,
        answered=result.rate,
        p99=_p99(result.latencies),
        refusal_p99=_p99(result.refusals),
        failed=sum(result.failures.values()),
    )


def _p99(seconds: Sequence[float]) -> float:
    return float(np.percentile(seconds, 99)) if seconds else 0.0
