"""What `make paint` measures and writes; how long it takes is no test."""

from tests.dashboard.paint import BEGIN, END, PAGE, load, told, written
from tests.pages.browser import open_browser


def test_a_load_has_a_first_paint_and_then_a_chart(address: str) -> None:
    with open_browser() as browser:
        found = load(browser, address)
    assert 0 < found["paint"] <= found["chart"]


def test_the_median_is_told_with_its_range() -> None:
    loads = [{"paint": 0.5, "chart": seconds} for seconds in (2.0, 1.0, 1.5)]
    text = told(loads, "2 cores", "2026-11-27")
    assert "3 cold loads" in text
    assert "2 cores" in text
    assert "| the chart of the forecast is there | **1.50 s** | 1.00 to 2.00 s |" in text


def test_it_stands_between_its_marks() -> None:
    page = PAGE.read_text()
    assert page.count(BEGIN) == page.count(END) == 1
    again = written(page, "new")
    assert f"{BEGIN}\n\nnew\n\n{END}" in again
    assert written(again, page.split(BEGIN)[1].split(END)[0].strip("\n")) == page
    assert "cold loads" in page, "`make paint` writes it"
