"""Measures how soon a visitor sees the forecast, and writes it into docs/dashboard.md: `make paint`.

The page is loaded cold: by a browser that was just started and has nothing of it yet. Browser, dashboard and the pair
run on the same machine.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.report import machine, put_between
from tests.dashboard.screenshots import service
from tests.dashboard.shown import dashboard
from tests.pages.browser import Browser, open_browser
from tests.serving.processes import until

PAGE: Final = Path(__file__).parents[2] / "docs" / "dashboard.md"
BEGIN: Final = "<!-- paint: made by `make paint` -->"
END: Final = "<!-- paint: end -->"
LOADS: Final = 9
_NAMES: Final = {
    "paint": "something is there (first contentful paint)",
    "chart": "the chart of the forecast is there",
}
_WATCH: Final = """
const look = () => {
  if (document.querySelector('[data-testid=stPlotlyChart] .main-svg .trace')) window.nextcloseChart = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_READ: Final = """
const paint = performance.getEntriesByName('first-contentful-paint')[0];
return window.nextcloseChart && paint ? {paint: paint.startTime / 1000, chart: window.nextcloseChart / 1000} : null;
"""


def load(browser: Browser, address: str) -> dict[str, float]:
    """One load of the forecast: seconds from asking for the address to what `_NAMES` names."""
    found: list[Any] = []
    browser.resize(1280, 900)
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
    browser.driver.get(f"{address}/?lang=en")

    def seen() -> bool:
        found.append(browser.driver.execute_script(_READ))
        return found[-1] is not None

    until(seen, "the chart of the forecast", 60)
    return {name: float(found[-1][name]) for name in _NAMES}


def told(loads: Sequence[Mapping[str, float]], machine_name: str, day: str) -> str:
    """What was measured, as it stands in the documentation."""
    rows = []
    for name, words in _NAMES.items():
        seconds = sorted(one[name] for one in loads)
        rows.append(f"| {words} | **{median(seconds):.2f} s** | {seconds[0]:.2f} to {seconds[-1]:.2f} s |")
    head = (
        f"Measured by `make paint` on {day}: {len(loads)} cold loads of the forecast, each by a browser that was just "
        f"started, with the\nservice on the same machine: {machine_name}."
    )
    table = ["| from opening the address until | median | least to most |", "| --- | ---: | ---: |", *rows]
    return "\n".join([head, "", *table])


def written(page: str, text: str) -> str:
    """The page with the text between its two marks."""
    return put_between(page, BEGIN, END, f"\n\n{text}\n\n")


def main(source: list[str]) -> None:
    """Measures and writes; the source of the prices as `nextclose collect` takes it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        service(Path(folder), source) as url,
        dashboard(Path(folder), url) as address,
    ):
        loads = []
        for _ in range(LOADS):
            with open_browser() as browser:
                loads.append(load(browser, address))
            sys.stdout.write(f"{loads[-1]}\n")
    text = told(loads, machine(), f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(written(PAGE.read_text(), text))
    sys.stdout.write(text.replace("**", "") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
