"""What comes of twice as many requests as can be answered: how many are, how soon, and how soon the rest is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from benchmarks.contestants import Running
from benchmarks.measure import Tell, ask
from benchmarks.requests import json_bodies

ROUNDS: Final = 7
CONNECTIONS: Final = 1024
CLOSED: Final = (64, 128)  # connections; from some ten on more at once do not make it faster
_SECONDS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Closed:
    """Connections that ask again at once: answers a second, and their p99 in seconds."""

    rate: float
    p99: float


@dataclass(frozen=True, slots=True)
class Round:
    """A look at every number of connections, and one at twice the best of them, right after it.

    Attributes:
        closed: by the number of connections.
        offered, answered: requests a second; `offered` is what was really sent.
        p99, refusal_p99: seconds. failed: neither answered nor refused.
    """

    closed: Mapping[int, Closed]
    offered: float
    answered: float
    p99: float
    refusal_p99: float
    failed: int


@dataclass(frozen=True, slots=True)
class Overload:
    """Medians over the rounds; all but `refusal_p99` (seconds) and the counts are ratios.

    Attributes:
        connections: the number of them that has the best throughput.
        offered, answered: to the best throughput. answered_least: the least of the rounds.
        p99: of answers, to that at the best throughput. refused: of what was sent.
        failed: neither answered nor refused, of all rounds.
    """

    connections: int
    offered: float
    answered: float
    answered_least: float
    p99: float
    refused: float
    refusal_p99: float
    failed: int


def overload(running: Running, tell: Tell) -> Overload:
    """Finds the best throughput and offers twice as much over more connections than are answered at once, in rounds.

    Each round is compared with itself: a machine's pace differs more from minute to minute than what is looked for.
    """
    rounds = [_round(running, tell) for _ in range(ROUNDS)]
    return summary(rounds)


def summary(rounds: Sequence[Round]) -> Overload:
    """Medians over the rounds.

    Which number of connections is best is decided over all rounds: the better of several looks in each round would be
    the luckier one, and the ratio to it too low.
    """

    def middle(of: Callable[[Round], float]) -> float:
        return median(of(one) for one in rounds)

    best = max(rounds[0].closed, key=lambda count: middle(lambda one: one.closed[count].rate))
    return Overload(
        connections=best,
        offered=middle(lambda one: one.offered / one.closed[best].rate),
        answered=middle(lambda one: one.answered / one.closed[best].rate),
        answered_least=min(one.answered / one.closed[best].rate for one in rounds),
        p99=middle(lambda one: one.p99 / one.closed[best].p99),
        refused=middle(lambda one: 1 - one.answered / one.offered),
        refusal_p99=middle(lambda one: one.refusal_p99),
        failed=sum(one.failed for one in rounds),
    )


def _round(running: Running, tell: Tell) -> Round:
    bodies = json_bodies()
    closed = {}
    for count in CLOSED:
        found = ask(running, bodies, count, _SECONDS)
        closed[count] = Closed(found.rate, _p99(found.latencies))
    best = max(one.rate for one in closed.values())
    result = ask(running, bodies, CONNECTIONS, _SECONDS, rate=2 * best)
    tell(f"the best: {best:.0f} a second; at twice as many: {result.rate:.0f}")
    return Round(
        closed=closed,
        offered=(len(result.latencies) + len(result.refusals)) / result.seconds,
        answered=result.rate,
        p99=_p99(result.latencies),
        refusal_p99=_p99(result.refusals),
        failed=sum(result.failures.values()),
    )


def _p99(seconds: Sequence[float]) -> float:
    return float(np.percentile(seconds, 99)) if seconds else 0.0
