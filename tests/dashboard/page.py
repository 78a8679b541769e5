"""The dashboard in a browser, as a visitor uses it."""

from collections.abc import Callable
from typing import Any, Final

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.pages.browser import Browser
from tests.serving.processes import wait_until

_SECONDS: Final = 30.0
_LINES: Final = """
const found = [], range = document.createRange();
const walker = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  range.selectNode(walker.currentNode);
  const place = range.getBoundingClientRect();
  const within = place.width > 1 && place.top >= 0 && place.bottom <= innerHeight;
  if (within) found.push(walker.currentNode.textContent.trim());
}
return found;
"""


class Page:
    """The page that is open in the browser."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address, self.driver = browser, address, browser.driver

    def open(self, path: str = "", *, text: str = "", dark: bool = False) -> "Page":
        """Open a path and wait until the page is complete and shows a text."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get(f"{self.address}/{path}")
        return self.says(text)

    @property
    def text(self) -> str:
        return str(self.driver.execute_script("return document.querySelector('[data-testid=stApp]')?.innerText ?? ''"))

    def lines(self) -> list[str]:
        """Return all texts within the visible area, including those in charts."""
        return [str(one) for one in self.driver.execute_script(_LINES)]

    def says(self, *texts: str) -> "Page":
        """Wait until the page is complete and shows all texts."""
        self.wait(lambda: self.at_rest() and all(one in self.text for one in texts), f"the page shows {texts}")
        return self

    def hides(self, text: str) -> "Page":
        """Wait until the page is complete and does not show a text."""
        self.wait(lambda: self.at_rest() and text not in self.text, f"the page does not show {text!r}")
        return self

    def at_rest(self) -> bool:
        """Return whether the script of the page has finished and every chart is drawn."""
        return bool(
            self.driver.execute_script("""
            const app = document.querySelector('[data-testid=stApp]');
            return app !== null && app.dataset.testScriptState === 'notRunning'
              && document.querySelector('h1') !== null
              && document.querySelectorAll('[data-testid=stSkeleton], [data-stale=true]').length === 0
              && [...document.querySelectorAll('[data-testid=stPlotlyChart]')]
                .every((chart) => chart.querySelector('.main-svg'));
            """)
        )

    def wait(self, condition: Callable[[], bool], description: str) -> None:
        def is_met() -> bool:
            try:
                return condition()
            except StaleElementReferenceException:
                return False

        try:
            wait_until(is_met, description, _SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None

    def find(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        self.wait(lambda: bool(self.find(selector)), selector)
        return self.find(selector)[0]

    def choose(self, name: str) -> None:
        """Click an option of a radio group by its label."""
        label = f"//*[@data-testid='stRadio']//label[normalize-space(.)='{name}']"
        self.driver.find_element(By.XPATH, label).click()

    def press(self, name: str) -> None:
        """Click a button by its label."""
        button = self.driver.find_element(By.XPATH, f"//button[normalize-space(.)='{name}']")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def metric(self, label: str) -> str:
        """Return the value of a metric by its label."""
        for found in self.find("[data-testid=stMetric]"):
            name, _, value = found.text.partition("\n")
            if name == label:
                return value
        raise AssertionError(f"{label!r} is not on the page:\n{self.text}")

    def overflow(self) -> int:
        """Return the number of pixels by which the content is wider than the window."""
        script = """
        const main = document.querySelector('[data-testid=stMain]');
        return Math.max(main.scrollWidth - main.clientWidth,
          document.documentElement.scrollWidth - document.documentElement.clientWidth);
        """
        return int(self.driver.execute_script(script))

    def faults(self, axe: str) -> list[Any]:
        """Return the serious and critical violations that axe-core finds after all animations have ended."""
        self.wait(
            lambda: self.driver.execute_script("return document.getAnimations().length") == 0, "animations have ended"
        )
        self.driver.set_script_timeout(60)
        self.driver.execute_script(axe)
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then((r) => done(r.violations), (e) => done([String(e)]))"
        )
        assert all(isinstance(one, dict) for one in found), found
        serious = [one for one in found if one["impact"] in {"serious", "critical"}]
        return [
            (one["id"], [node["html"][:200] + node["failureSummary"] for node in one["nodes"][:3]]) for one in serious
        ]
