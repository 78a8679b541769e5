"""What comes of twice as many requests as can be answered: how many are, how soon, and how soon the rest is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from benchmarks.contestants import Running
from benchmarks.measure import Tell, ask
from benchmarks.requests import json_bodies

ROUNDS: Final = 5
CONNECTIONS: Final = 1024
_CLOSED: Final = (64, 128)  # connections; from some ten on more at once do not make it faster
_SECONDS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Round:
    """One look at the best, and one at twice as much, right after it.

    Attributes:
        best, offered, answered: requests a second; `offered` is what was really sent.
        best_p99, p99, refusal_p99: seconds. failed: neither answered nor refused.
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
    """Medians over the rounds; all but `refusal_p99` (seconds) and `failed` are ratios.

    Attributes:
        offered, answered: to the best throughput. answered_least: the least of the rounds.
        p99: of answers, to that at the best throughput. refused: of what was sent.
        failed: neither answered nor refused, of all rounds.
    """

    offered: float
    answered: float
    answered_least: float
    p99: float
    refused: float
    refusal_p99: float
    failed: int


def overload(running: Running, tell: Tell) -> Overload:
    """Finds the best throughput and offers twice as much over more connections than are answered at once, in rounds.

    Each round has a best of its own: a machine's pace differs more from minute to minute than what is looked for.
    """
    rounds = [_round(running, tell) for _ in range(ROUNDS)]
    return summary(rounds)


def summary(rounds: Sequence[Round]) -> Overload:
    """Medians over the rounds."""

    def middle(of: Callable[[Round], float]) -> float:
        return median(of(one) for one in rounds)

    return Overload(
        offered=middle(lambda one: one.offered / one.best),
        answered=middle(lambda one: one.answered / one.best),
        answered_least=min(one.answered / one.best for one in rounds),
        p99=middle(lambda one: one.p99 / one.best_p99),
        refused=middle(lambda one: 1 - one.answered / one.offered),
        refusal_p99=middle(lambda one: one.refusal_p99),
        failed=sum(one.failed for one in rounds),
    )


def _round(running: Running, tell: Tell) -> Round:
    bodies = json_bodies()
    best = max((ask(running, bodies, count, _SECONDS) for count in _CLOSED), key=lambda one: one.rate)
    result = ask(running, bodies, CONNECTIONS, _SECONDS, rate=2 * best.rate)
    tell(f"the best: {best.rate:.0f} a second; at twice as many: {result.rate:.0f}")
    return Round(
        best=best.rate,
        best_p99=float(np.percentile(best.latencies, 99)),
        offered=(len(result.latencies) + len(result.refusals)) / result.seconds,
        answered=result.rate,
        p99=float(np.percentile(result.latencies, 99)),
        refusal_p99=float(np.percentile(result.refusals, 99)) if result.refusals else 0.0,
        failed=sum(result.failures.values()),
    )
