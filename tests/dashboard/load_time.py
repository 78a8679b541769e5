"""Measure the load time of the forecast page, and write it to docs/dashboard.md: `make paint`.

Loads are cold: each by a newly started browser with an empty cache. Browser, dashboard and the pair run on the same
machine.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.report import machine, put_between
from tests.dashboard.dashboard_process import dashboard
from tests.dashboard.screenshots import service
from tests.pages.browser import Browser, open_browser
from tests.serving.processes import wait_until

PAGE: Final = Path(__file__).parents[2] / "docs" / "dashboard.md"
BEGIN: Final = "<!-- paint: made by `make paint` -->"
END: Final = "<!-- paint: end -->"
LOADS: Final = 9
_NAMES: Final = {
    "paint": "first contentful paint",
    "chart": "the chart of the forecast is drawn",
}
_WATCH: Final = """
const check = () => {
  if (document.querySelector('[data-testid=stPlotlyChart] .main-svg .trace')) window.nextcloseChart = performance.now();
  else requestAnimationFrame(check);
};
requestAnimationFrame(check);
"""
_READ: Final = """
const paint = performance.getEntriesByName('first-contentful-paint')[0];
return window.nextcloseChart && paint ? {paint: paint.startTime / 1000, chart: window.nextcloseChart / 1000} : null;
"""


def load(browser: Browser, address: str) -> dict[str, float]:
    """Load the forecast page once; return the seconds from the start of navigation to each event of `_NAMES`."""
    found: list[Any] = []
    browser.resize(1280, 900)
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
    browser.driver.get(f"{address}/?lang=en")

    def is_loaded() -> bool:
        found.append(browser.driver.execute_script(_READ))
        return found[-1] is not None

    wait_until(is_loaded, "the chart of the forecast is drawn", 60)
    return {name: float(found[-1][name]) for name in _NAMES}


def report(loads: Sequence[Mapping[str, float]], machine_name: str, day: str) -> str:
    """Format the measurements for the documentation.

    Args:
        loads: Seconds to each event of `_NAMES`, of each load.
        machine_name: Description of the machine.
        day: Date of the measurement.
    """
    rows = []
    for name, words in _NAMES.items():
        seconds = sorted(one[name] for one in loads)
        rows.append(f"| {words} | **{median(seconds):.2f} s** | {seconds[0]:.2f} to {seconds[-1]:.2f} s |")
    head = (
        f"Measured by `make paint` on {day}: {len(loads)} cold loads of the forecast page, each by a newly started "
        f"browser, with the\nservice on the same machine: {machine_name}."
    )
    table = ["| from navigation until | median | range |", "| --- | ---: | ---: |", *rows]
    return "\n".join([head, "", *table])


def with_report(page: str, text: str) -> str:
    """Replace the text between the two markers of the page."""
    return put_between(page, BEGIN, END, f"\n\n{text}\n\n")


def main(source: list[str]) -> None:
    """Measure and write the report.

    Args:
        source: Options of `nextclose collect` that select the source of the prices.
    """
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
    text = report(loads, machine(), f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(with_report(PAGE.read_text(), text))
    sys.stdout.write(text.replace("**", "") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
