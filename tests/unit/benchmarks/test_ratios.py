"""Ratios against the best peer: from measurements to goals, page, chart and README."""

from pathlib import Path

import pytest

from benchmarks.chart import draw
from benchmarks.contestants import Contestant
from benchmarks.measure import CONCURRENCIES, Load, Measured
from benchmarks.overload import Round, summary
from benchmarks.ratios import GOALS, MEMORY, QUANTITIES, RATES, Quantity, best_peer, compare, ratio
from benchmarks.report import Results, everything_table, goals_table, number, write_page, write_readme


def measured(key: str, slower: float, *, memory: float = 1000.0) -> Measured:
    """Two rounds; the second is twice as fast."""
    one = Measured(key, f"server {key}", starts=[8.0 * slower, 4.0 * slower], memory=[memory, memory / 2])
    for pace in (slower, slower / 2):
        for concurrency in CONCURRENCIES:
            one.loads.append(
                Load(
                    concurrency=concurrency,
                    answered=100,
                    failed=0,
                    rate=concurrency / pace,
                    p50=pace,
                    p99=3 * pace,
                    cpu=pace,
                    client_cpu=0.1,
                )
            )
    return one


ONNX, TENSORFLOW = measured("onnx", 0.01), measured("tensorflow", 0.02)
QUICK, SMALL = measured("triton", 0.05), measured("mlserver", 0.1, memory=500.0)
EVERYONE = [TENSORFLOW, ONNX, QUICK, SMALL]


def results(*everyone: Measured, answered: float = 900.0) -> Results:
    return Results(
        contestants=[Contestant(one.key, one.name, [], 1, "/", [], software=f"{one.key} 1.0") for one in everyone],
        measured=everyone,
        unavailable={"server b": "uv venv failed: no network"},
        overload=summary(64, [Round(1000, 0.02, 2000, answered, 0.04, 0.01, 0)]),
        imports=[("`import numpy`", 0.1), ("`import kserve`", 1.0)],
        client_rate=10_000.0,
    )


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda one: one.name)
def test_each_round_is_compared_with_itself(quantity: Quantity) -> None:
    found = ratio(quantity, ONNX, QUICK)
    expected = 1.0 if quantity is MEMORY else 5.0 if quantity.more else 0.2
    assert (found.low, found.median, found.high) == pytest.approx((expected,) * 3)


def test_best_peer_is_chosen_for_each_quantity() -> None:
    assert best_peer(RATES[32], EVERYONE) is QUICK
    assert best_peer(MEMORY, EVERYONE) is SMALL


def test_own_pairs_are_not_peers() -> None:
    with pytest.raises(ValueError, match="empty"):
        best_peer(MEMORY, [ONNX, TENSORFLOW])
    assert compare([ONNX, TENSORFLOW]) == []


def test_goals_are_compared_in_their_direction() -> None:
    assert [one.met for one in compare(EVERYONE)] == [True, True, True, True, True, False, True, True]


def test_missed_goals_are_reported() -> None:
    assert results(*EVERYONE).missed() == ["ONNX: memory: 2 times server mlserver, at most 1.5"]
    assert len(results(measured("onnx", 1.0), QUICK, answered=100).missed()) == len(GOALS) - 2 + 1


def test_goals_table_shows_ratio_goals_and_missing_peers() -> None:
    lines = goals_table(EVERYONE, {"server b": "exited with 1"})
    assert lines[2].startswith(
        "| ONNX: answers a second, 32 connections | server triton | **5** (5 to 5) | at least 2.2 |"
    )
    assert len(lines) == 2 + len(GOALS) + 2
    assert lines[-1] == "Not measured: server b (exited with 1)."


def test_everything_table_has_a_column_for_every_other_server() -> None:
    lines = everything_table(EVERYONE)
    assert lines[0] == "| times the ONNX pair | server tensorflow | server triton | server mlserver |"
    assert len(lines) == 2 + len(QUANTITIES)


def test_small_ratios_keep_two_digits() -> None:
    assert [number(value) for value in (123.4, 2.34, 0.234, 0.00123)] == ["123", "2.3", "0.23", "0.0012"]


def test_page_chart_and_readme_show_the_results(tmp_path: Path) -> None:
    page, picture, readme = (tmp_path / name for name in ("page.md", "chart.svg", "README.md"))
    found = results(*EVERYONE)
    write_page(page, found, "make bench")
    text = page.read_text()
    assert "Made by `make bench`" in text
    assert "- 2,400 requests were answered. Failed or refused: none." in text
    assert "| server triton | triton 1.0 |" in text
    assert "| server b | not measured | uv venv failed: no network |" in text
    assert "| answered | 90% (half of the rounds: 90% to 90%) | at least 85% |" in text
    assert "| `import numpy` | 0.10 |" in text
    draw(picture, found.measured)
    assert picture.read_text().count("server mlserver") == 1
    readme.write_text("before\n<!-- benchmark: made by `make bench` -->\nold\n<!-- benchmark: end -->\nafter\n")
    write_readme(readme, found)
    lines = readme.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "old" not in lines
    assert any(line.startswith("| ONNX: memory | server mlserver |") for line in lines)
