"""The dashboard in a browser, as a visitor sees and uses it."""

from collections.abc import Callable
from typing import Any, Final

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.pages.browser import Browser
from tests.serving.processes import until

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
    """The page that is open in a browser."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address, self.driver = browser, address, browser.driver

    def open(self, path: str = "", *, text: str = "", dark: bool = False) -> "Page":
        """Opens a path and waits until it is complete and says a text."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get("about:blank")
        self.driver.get(f"{self.address}/{path}")
        return self.says(text)

    @property
    def text(self) -> str:
        return str(self.driver.execute_script("return document.querySelector('[data-testid=stApp]')?.innerText ?? ''"))

    def lines(self) -> list[str]:
        """Each piece of text that is within the window, in charts too."""
        return [str(one) for one in self.driver.execute_script(_LINES)]

    def says(self, *texts: str) -> "Page":
        """Waits until the page is at rest and all texts are on it."""
        self.wait(lambda: self.at_rest() and all(one in self.text for one in texts), f"the page says {texts}")
        return self

    def says_no_more(self, text: str) -> "Page":
        self.wait(lambda: self.at_rest() and text not in self.text, f"the page says {text!r} no more")
        return self

    def at_rest(self) -> bool:
        """Whether its script has run to the end and every chart is drawn."""
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

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        def held() -> bool:
            try:
                return condition()
            except StaleElementReferenceException:
                return False

        try:
            until(held, what, _SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None

    def find(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        self.wait(lambda: bool(self.find(selector)), selector)
        return self.find(selector)[0]

    def choose(self, name: str) -> None:
        """Clicks the choice of a radio group that is called so."""
        label = f"//*[@data-testid='stRadio']//label[normalize-space(.)='{name}']"
        self.driver.find_element(By.XPATH, label).click()

    def press(self, name: str) -> None:
        """Clicks the button that is called so."""
        button = self.driver.find_element(By.XPATH, f"//button[normalize-space(.)='{name}']")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def metric(self, label: str) -> str:
        """The number under a label."""
        for found in self.find("[data-testid=stMetric]"):
            name, _, value = found.text.partition("\n")
            if name == label:
                return value
        raise AssertionError(f"{label!r} is not on the page:\n{self.text}")

    def overflow(self) -> int:
        """Pixels that would have to be scrolled to the side."""
        script = """
        const main = document.querySelector('[data-testid=stMain]');
        return Math.max(main.scrollWidth - main.clientWidth,
          document.documentElement.scrollWidth - document.documentElement.clientWidth);
        """
        return int(self.driver.execute_script(script))

    def faults(self, axe: str) -> list[Any]:
        """What axe-core finds serious or critical, once nothing fades in or out any more."""
        self.wait(lambda: self.driver.execute_script("return document.getAnimations().length") == 0, "all is still")
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
