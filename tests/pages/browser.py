"""A headless Chromium that tells what a page logged and asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

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
        """Sets the page's own width and height; a window cannot be as narrow as a phone."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def errors(self) -> list[str]:
        """What the page logged as an error."""
        return [entry["message"] for entry in self._log("browser") if entry["level"] == "SEVERE"]

    def requested(self) -> list[str]:
        """Addresses that the page has asked for since this was asked before."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if urlsplit(url).scheme not in {"data", "blob", "about"}]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.driver.execute("getLog", {"type": kind})["value"]
        return entries

    def width_of_content(self) -> int:
        """In CSS pixels; more than the page's width would be scrolled to the side."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser until the block's end."""
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
