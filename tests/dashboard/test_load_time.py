"""The measurement and the report of `make paint`. Load times themselves are not tested."""

from tests.dashboard.load_time import BEGIN, END, PAGE, load, report, with_report
from tests.pages.browser import open_browser


def test_load_has_a_first_paint_followed_by_a_chart(address: str) -> None:
    with open_browser() as browser:
        found = load(browser, address)
    assert 0 < found["paint"] <= found["chart"]


def test_report_has_median_and_range() -> None:
    loads = [{"paint": 0.5, "chart": seconds} for seconds in (2.0, 1.0, 1.5)]
    text = report(loads, "2 cores", "2026-11-27")
    assert "3 cold loads" in text
    assert "2 cores" in text
    assert "| the chart of the forecast is drawn | **1.50 s** | 1.00 to 2.00 s |" in text


def test_report_is_written_between_its_markers() -> None:
    page = PAGE.read_text()
    assert page.count(BEGIN) == page.count(END) == 1
    changed = with_report(page, "new")
    assert f"{BEGIN}\n\nnew\n\n{END}" in changed
    assert with_report(changed, page.split(BEGIN)[1].split(END)[0].strip("\n")) == page
    assert "cold loads" in page, "run `make paint`"
