"""A headless Chromium that records the logged errors and the requests of a page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.programs import require_program

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
)


class Browser:
    """A browser with one page."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def resize(self, width: int, height: int = 800) -> None:
        """Set the size of the viewport, because a window cannot be as narrow as a phone."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def errors(self) -> list[str]:
        """Error messages that the page logged since the last call."""
        return [entry["message"] for entry in self._log("browser") if entry["level"] == "SEVERE"]

    def clear(self) -> None:
        """Leave the current page, and discard its messages and requests."""
        self.driver.get("about:blank")
        self.errors()
        self.requested()

    def requested(self) -> list[str]:
        """URLs that the page requested since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if urlsplit(url).scheme not in {"data", "blob", "about"}]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.driver.execute("getLog", {"type": kind})["value"]
        return entries

    def width_of_content(self) -> int:
        """Width of the content in CSS pixels. If it exceeds the viewport, the page scrolls horizontally."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open a browser, and close it at the end of the block."""
    options = ChromeOptions()
    options.binary_location = str(require_program("chromium"))
    for flag in _FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(str(require_program("chromedriver"))))
    try:
        driver.set_page_load_timeout(60)
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for all tests. Each test sets the size of the viewport and, where it reads messages, clears them."""
    with open_browser() as opened:
        yield opened
