"""The report and the API documentation in a real browser, without external resources."""

from urllib.parse import urlsplit

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.cli.workplace import PipelineRun, Served
from tests.pages.browser import Browser


def test_report_opens_from_disk(browser: Browser, stepped: PipelineRun) -> None:
    version = stepped.place.registry.versions()[0]
    page = (stepped.place.registry.folder / version / "report" / "report.html").resolve()
    browser.resize(1280)
    browser.clear()
    browser.driver.get(page.as_uri())
    assert browser.requested() == [page.as_uri()], "the page is self-contained"
    assert browser.errors() == []
    title = browser.driver.find_element(By.TAG_NAME, "h1")
    assert title.is_displayed()
    shown = browser.driver.find_element(By.TAG_NAME, "body").text
    assert stepped.place.symbol in shown
    assert version in shown
    verdict = next(line for line in stepped.evaluate.out.splitlines() if "tomorrow = today" in line)
    assert verdict.split(";")[0].replace('"', "") in shown.translate(str.maketrans("", "", '"“”'))
    figures = browser.driver.find_elements(By.TAG_NAME, "figure")
    assert figures
    for figure in figures:
        charts = figure.find_elements(By.CSS_SELECTOR, "[role=img] > svg")
        assert [chart.is_displayed() for chart in charts].count(True) == 1, "either the wide or the narrow chart"


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_report_fits_the_viewport(browser: Browser, stepped: PipelineRun, width: int) -> None:
    version = stepped.place.registry.versions()[0]
    browser.resize(width)
    browser.driver.get((stepped.place.registry.folder / version / "report" / "report.html").resolve().as_uri())
    assert browser.width_of_content() <= width


def test_api_documentation_shows_every_operation(browser: Browser, served: Served) -> None:
    url = served.ports.url
    document = httpx.get(f"{url}/openapi.json", trust_env=False).json()
    operations = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "delete"}
    }
    browser.clear()
    browser.resize(1280)
    browser.driver.get(f"{url}/docs")
    WebDriverWait(browser.driver, 30).until(
        lambda driver: len(driver.find_elements(By.CLASS_NAME, "opblock")) == len(operations)
    )
    shown = {
        (
            block.find_element(By.CLASS_NAME, "opblock-summary-method").text,
            block.find_element(By.CLASS_NAME, "opblock-summary-path").get_attribute("data-path"),
        )
        for block in browser.driver.find_elements(By.CLASS_NAME, "opblock")
    }
    assert shown == operations
    assert any(method == "POST" and path is not None and path.endswith("/infer") for method, path in shown)
    assert browser.errors() == []
    assert {urlsplit(address).netloc for address in browser.requested()} == {urlsplit(url).netloc}
