"""What comes of twice as many requests as can be answered: how many are, how soon, and how soon the rest is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from benchmarks.contestants import Running
from benchmarks.measure import Tell, ask
from benchmarks.requests import json_bodies

ROUNDS: Final = 31
CONNECTIONS: Final = 1024
CLOSED: Final = (64, 128)  # connections; from some ten on more at once do not make it faster
_LOOKS: Final = 5
SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """A look at the best throughput, and right after it one at twice as much.

    Attributes:
        best: answers a second. best_p99: of them, in seconds.
        offered, answered: requests a second; `offered` is what was really sent.
        p99, refusal_p99: seconds. failed: neither answered nor refused.
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
    """All rounds together; all but `refusal_p99` (seconds) and the counts are ratios.

    Attributes:
        connections: the number of them that has the best throughput.
        offered, answered: to the best throughput, of all rounds. answered_half: between which half of the rounds are.
        p99: of answers, to that at the best throughput; the median of the rounds. refused: of what was sent.
        refusal_p99: the median of the rounds. failed: neither answered nor refused.
    """

    connections: int
    offered: float
    answered: float
    answered_half: tuple[float, float]
    p99: float
    refused: float
    refusal_p99: float
    failed: int


def overload(running: Running, tell: Tell) -> Overload:
    """Offers twice the best throughput over more connections than are answered at once, in short rounds.

    A machine's pace differs by more within a minute than what is looked for: hence many looks at either in turn. Which
    number of connections is best is decided before: the better of two looks in each round would be the luckier one.
    """
    looks = [{count: ask(running, json_bodies(), count, SECONDS).rate for count in CLOSED} for _ in range(_LOOKS)]
    connections = best_connections({count: [look[count] for look in looks] for count in CLOSED})
    tell(f"best with {connections} connections")
    rounds = []
    for number in range(ROUNDS):
        one = _round(running, connections)
        tell(f"round {number + 1} of {ROUNDS}: {one.answered:.0f} a second answered, {one.best:.0f} the best")
        rounds.append(one)
    return summary(connections, rounds)


def best_connections(rates: Mapping[int, Sequence[float]]) -> int:
    """The number of connections with the highest median of its rates."""
    return max(rates, key=lambda count: median(rates[count]))


def summary(connections: int, rounds: Sequence[Round]) -> Overload:
    """All rounds together."""
    best, offered, answered = (sum(getattr(one, of) for one in rounds) for of in ("best", "offered", "answered"))
    low, high = np.quantile([one.answered / one.best for one in rounds], [0.25, 0.75])
    return Overload(
        connections=connections,
        offered=offered / best,
        answered=answered / best,
        answered_half=(float(low), float(high)),
        p99=median(one.p99 / one.best_p99 for one in rounds),
        refused=1 - answered / offered,
        refusal_p99=median(one.refusal_p99 for one in rounds),
        failed=sum(one.failed for one in rounds),
    )


def _round(running: Running, connections: int) -> Round:
    bodies = json_bodies()
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
