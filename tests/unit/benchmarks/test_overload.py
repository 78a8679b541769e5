"""From rounds of too many requests to the ratios that the page shows."""

import pytest

from benchmarks.overload import Closed, Round, summary


def of(best: float, answered: float, p99: float, failed: int = 0, other: float = 100) -> Round:
    closed = {64: Closed(other, 0.01), 128: Closed(best, 0.02)}
    return Round(closed, 2 * best, answered, p99, p99 / 4, failed)


def test_each_round_is_compared_with_itself() -> None:
    found = summary([of(1000, 950, 0.04), of(8000, 7200, 0.06, failed=1), of(500, 300, 0.02)])
    assert found.connections == 128
    assert (found.offered, found.answered, found.answered_least) == pytest.approx((2, 0.9, 0.6))
    assert (found.p99, found.refused, found.refusal_p99) == pytest.approx((2, 0.55, 0.01))
    assert found.failed == 1


def test_the_best_is_that_of_all_rounds_and_not_the_luckier_look_of_each() -> None:
    found = summary([of(1000, 900, 0.04, other=990), of(1000, 900, 0.04, other=1100), of(1000, 900, 0.04, other=980)])
    assert (found.connections, found.answered) == (128, 0.9)
    found = summary([of(1000, 900, 0.04, other=1200), of(1000, 900, 0.04, other=990), of(1000, 900, 0.04, other=1200)])
    assert (found.connections, found.answered) == (64, 0.75)
