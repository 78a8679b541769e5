"""Summary of the overload rounds, and missed goals."""

from dataclasses import replace

import pytest

from benchmarks.overload import Round, best_connections, summary


def overload_round(best: float, answered: float, p99: float, failed: int = 0) -> Round:
    return Round(best, 0.02, 2 * best, answered, p99, p99 / 4, failed)


def test_rounds_are_weighted_by_their_requests() -> None:
    found = summary(
        128,
        [overload_round(1000, 950, 0.04), overload_round(8000, 7200, 0.06, failed=1), overload_round(1000, 350, 0.02)],
    )
    assert (found.connections, found.rounds) == (128, 3)
    assert (found.offered, found.answered, found.refused) == pytest.approx((2, 0.85, 0.575))
    assert found.failed == 1


def test_spread_is_the_interquartile_range_of_the_rounds() -> None:
    found = summary(64, [overload_round(1000, answered, 0.04) for answered in (100, 800, 900, 1000, 5000)])
    assert found.answered_half == pytest.approx((0.8, 1.0))


def test_tails_are_compared_in_each_round() -> None:
    found = summary(64, [overload_round(1000, 900, p99) for p99 in (0.02, 0.04, 0.9)])
    assert (found.p99, found.refusal_p99) == pytest.approx((2, 0.01))


def test_best_number_of_connections_has_the_highest_median() -> None:
    assert best_connections({64: [1, 9, 1], 128: [2, 2, 2]}) == 128


def test_every_missed_goal_is_reported() -> None:
    met = summary(64, [overload_round(1000, 900, 0.04)])
    assert met.missed() == []
    missed = replace(met, answered=0.84, failed=2, p99=3.1).missed()
    assert [line.split()[1] for line in missed] == ["84%", "2", "p99"]
