"""A service, or a Prometheus, that takes every connection and never answers: the page says so and stays usable."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from dashboard.texts import Texts
from tests.dashboard.others import silent
from tests.dashboard.page import Page
from tests.dashboard.shown import Service, dashboard
from tests.pages.browser import Browser

EN, PT = Texts("en"), Texts("pt-BR")


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard before a service that never answers."""
    with silent() as url, dashboard(tmp_path_factory.mktemp("silent"), url, timeout=3) as address:
        yield address


@pytest.mark.parametrize("path", ["", "track-record", "operations"])
def test_each_page_says_so_and_asks_again(browser: Browser, nobody: str, path: str) -> None:
    browser.resize(1440, 1000)
    page = Page(browser, nobody).open(f"{path}?lang=en", text=EN("late"))
    page.press(EN("retry"))
    page.wait(lambda: EN("loading") in page.text, "it asks again")
    page.says(EN("late"), EN("retry"))
    assert "Traceback" not in page.text


def test_while_it_waits_the_page_is_there_and_can_be_left(browser: Browser, nobody: str) -> None:
    browser.resize(1440, 1000)
    page = Page(browser, nobody)
    page.driver.get(f"{nobody}/?lang=en")
    page.wait(lambda: EN("loading") in page.text, "it says that it waits")
    assert EN("late") not in page.text
    assert EN("source.stored") in page.text
    page.driver.find_element(By.LINK_TEXT, EN("page.operations")).click()
    page.says(EN("ops.every"), EN("late"))
    page.driver.find_element(By.LINK_TEXT, EN("page.forecast")).click()
    page.says(EN("source.paste"), EN("late"))
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))


def test_a_silent_prometheus_holds_nothing_else_up(browser: Browser, service: Service, tmp_path: Path) -> None:
    browser.resize(1440, 1000)
    with silent() as url, dashboard(tmp_path, service.url, prometheus=url) as address:
        page = Page(browser, address)
        page.driver.get(f"{address}/operations?lang=en")
        page.wait(lambda: EN("ops.asking_prometheus") in page.text, "Prometheus is asked")
        shown = page.text
        page.says(EN("ops.prometheus_away", reason="")[:40], EN("ops.rate"))
    for told in (
        EN("role.transformer"),
        EN("role.predictor"),
        EN("ops.versions"),
        "Refused by the gate",
        EN("ops.gate"),
    ):
        assert told in shown
