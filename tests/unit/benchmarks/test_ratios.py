"""From measurements to the ratios that the page shows."""

from pathlib import Path

import pytest

from benchmarks.chart import draw
from benchmarks.measure import CONCURRENCIES, Load, Measured
from benchmarks.ratios import HEADLINE, LATENCIES, ratio
from benchmarks.report import headline_table, missed, write_page, write_readme


def measured(key: str, slower: float) -> Measured:
    """Two rounds; the second is as fast again."""
    one = Measured(key, f"server {key}", starts=[8.0 * slower, 4.0 * slower], windows=[100 / slower, 200 / slower])
    for pace in (slower, slower / 2):
        for concurrency in CONCURRENCIES:
            one.loads.append(
                Load(
                    concurrency=concurrency,
                    answered=100,
                    failed=0,
                    rate=concurrency / pace,
                    p50=pace,
                    p95=2 * pace,
                    p99=3 * pace,
                    cpu=pace,
                    client_cpu=0.1,
                    memory=int(1000 * slower),
                )
            )
    return one


BASE, FAST = measured("a", 1.0), measured("c", 0.01)


@pytest.mark.parametrize("quantity", [*HEADLINE, *LATENCIES], ids=lambda one: one.name)
def test_each_round_is_compared_with_its_own(quantity: object) -> None:
    found = ratio(quantity, FAST, BASE)  # type: ignore[arg-type]  # parametrised
    assert (found.low, found.median, found.high) == pytest.approx((100, 100, 100))


def test_what_was_missed_is_named() -> None:
    assert [line.partition(":")[0] for line in missed([BASE, FAST])] == ["CPU a request, 32 at once"]
    assert len(missed([BASE, measured("c", 1.0)])) == 5  # memory and start may be a little worse


def test_the_table_shows_goals_and_what_was_reached() -> None:
    lines = headline_table([BASE, FAST], ["c", "e"])
    assert lines[0] == "| times better than the textbook server | must | aim | server c |"
    assert lines[2] == "| p50, 1 at once | 40 | 60 | **100** (100 to 100) |"
    assert len(lines) == 2 + len(HEADLINE)


def test_page_chart_and_readme(tmp_path: Path) -> None:
    page, picture, readme = (tmp_path / name for name in ("page.md", "chart.svg", "README.md"))
    write_page(page, [BASE, FAST], 10_000.0, "make bench")
    text = page.read_text()
    assert "Made by `make bench`" in text
    assert "800 requests were answered, 0 failed" not in text
    assert "1,600 requests were answered, 0 failed" in text
    assert "- **(c)** server c" in text
    draw(picture, [BASE, FAST])
    assert picture.read_text().count("server c") == 1
    readme.write_text("before\n<!-- benchmark: made by `make bench` -->\nold\n<!-- benchmark: end -->\nafter\n")
    write_readme(readme, [BASE, FAST])
    lines = readme.read_text().splitlines()
    assert lines[0] == "before"
    assert lines[-1] == "after"
    assert "old" not in lines
    assert "| p50, 1 at once | 40 | 60 | **100** (100 to 100) |" in lines
