"""An unresponsive service or Prometheus, which accepts connections and never answers: the pages stay usable."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from dashboard.texts import Texts
from tests.dashboard.dashboard_process import Service, dashboard
from tests.dashboard.fake_servers import silent
from tests.dashboard.page import Page
from tests.pages.browser import Browser

EN, PT = Texts("en"), Texts("pt-BR")


@pytest.fixture(scope="module")
def unresponsive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard whose service never answers."""
    with silent() as url, dashboard(tmp_path_factory.mktemp("silent"), url, timeout=3) as address:
        yield address


@pytest.mark.parametrize("path", ["", "track-record", "operations"])
def test_each_page_reports_the_timeout_and_tries_again(browser: Browser, unresponsive: str, path: str) -> None:
    browser.resize(1440, 1000)
    page = Page(browser, unresponsive).open(f"{path}?lang=en", text=EN("timeout"))
    page.press(EN("retry"))
    page.wait(lambda: EN("loading") in page.text, "the page tries again")
    page.says(EN("timeout"), EN("retry"))
    assert "Traceback" not in page.text


def test_page_is_usable_while_it_waits(browser: Browser, unresponsive: str) -> None:
    browser.resize(1440, 1000)
    page = Page(browser, unresponsive)
    page.driver.get(f"{unresponsive}/?lang=en")
    page.wait(lambda: EN("loading") in page.text, "the page waits for the service")
    assert EN("timeout") not in page.text
    assert EN("source.stored") in page.text
    page.driver.find_element(By.LINK_TEXT, EN("page.operations")).click()
    page.says(EN("ops.every"), EN("timeout"))
    page.driver.find_element(By.LINK_TEXT, EN("page.forecast")).click()
    page.says(EN("source.paste"), EN("timeout"))
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))


def test_unresponsive_prometheus_does_not_delay_the_page(browser: Browser, service: Service, tmp_path: Path) -> None:
    browser.resize(1440, 1000)
    with silent() as url, dashboard(tmp_path, service.url, prometheus=url) as address:
        page = Page(browser, address)
        page.driver.get(f"{address}/operations?lang=en")
        page.wait(lambda: EN("ops.prometheus_loading") in page.text, "the page waits for Prometheus")
        text = page.text
        page.says(EN("ops.prometheus_failed", reason="")[:40], EN("ops.rate"))
    for expected in (
        EN("role.transformer"),
        EN("role.predictor"),
        EN("ops.versions"),
        "Refused by the gate",
        EN("ops.gate"),
    ):
        assert expected in text
