"""From rounds of too many requests to the ratios that the page shows."""

import pytest

from benchmarks.overload import Round, summary


def of(best: float, answered: float, p99: float, failed: int = 0) -> Round:
    return Round(best, 0.02, 2 * best, answered, p99, p99 / 4, failed)


def test_each_round_is_compared_with_its_own_best() -> None:
    found = summary([of(1000, 950, 0.04), of(8000, 7200, 0.06, failed=1), of(500, 300, 0.02)])
    assert (found.offered, found.answered, found.answered_least) == pytest.approx((2, 0.9, 0.6))
    assert (found.p99, found.refused, found.refusal_p99) == pytest.approx((2, 0.55, 0.01))
    assert found.failed == 1
