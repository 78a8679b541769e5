"""From rounds of too many requests to the ratios that the page shows."""

import pytest

from benchmarks.overload import Round, best_connections, summary


def of(best: float, answered: float, p99: float, failed: int = 0) -> Round:
    return Round(best, 0.02, 2 * best, answered, p99, p99 / 4, failed)


def test_all_rounds_count_together() -> None:
    found = summary(128, [of(1000, 950, 0.04), of(8000, 7200, 0.06, failed=1), of(1000, 350, 0.02)])
    assert found.connections == 128
    assert (found.offered, found.answered, found.refused) == pytest.approx((2, 0.85, 0.575))
    assert found.failed == 1


def test_how_far_rounds_differ_is_told_by_the_middle_half() -> None:
    found = summary(64, [of(1000, answered, 0.04) for answered in (100, 800, 900, 1000, 5000)])
    assert found.answered_half == pytest.approx((0.8, 1.0))


def test_tails_are_compared_round_by_round() -> None:
    found = summary(64, [of(1000, 900, p99) for p99 in (0.02, 0.04, 0.9)])
    assert (found.p99, found.refusal_p99) == pytest.approx((2, 0.01))


def test_the_best_number_of_connections_is_not_that_of_the_luckiest_look() -> None:
    assert best_connections({64: [1, 9, 1], 128: [2, 2, 2]}) == 128
