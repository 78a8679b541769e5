"""Accessibility: axe-core finds no serious violation on any page, at any width, in both themes and languages."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.dashboard.page import Page
from tests.pages.browser import Browser
from tests.programs import require_program

_HERE: Final = Path(__file__).parent
EN, PT = Texts("en"), Texts("pt-BR")
PAGES: Final = {"": "export.title", "track-record": "record.table", "operations": "ops.gate"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The axe-core script, in the version and with the digest of package-lock.json."""
    npm, folder = require_program("npm"), tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_HERE / name, folder / name)
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def test_axe_reports_violations(axe: str, browser: Browser) -> None:
    browser.driver.get("data:text/html,<html><body><img src='data:,'><input></body></html>")
    assert {name for name, _ in Page(browser, "").faults(axe)} >= {"image-alt", "label", "html-has-lang"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_serious_violation(
    axe: str, browser: Browser, address: str, path: str, width: int, dark: bool
) -> None:
    browser.resize(width, 900)
    page = Page(browser, address).open(f"{path}?lang=pt-BR", text=PT(PAGES[path]), dark=dark)
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_error_message_has_no_serious_violation(axe: str, browser: Browser, address: str, dark: bool) -> None:
    browser.resize(360, 900)
    page = Page(browser, address).open("?lang=en", text=EN("export.title"), dark=dark)
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))
    page.one("textarea").send_keys("36.1 abc")
    page.press(EN("forecast.text_button"))
    page.says("Value 2: expected a price")
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_candles_and_what_if_have_no_serious_violation(
    axe: str, browser: Browser, address: str, candles: Path, dark: bool
) -> None:
    browser.resize(360, 900)
    page = Page(browser, address).open("?lang=en", text=EN("export.title"), dark=dark)
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    assert page.faults(axe) == []
    page.one("input[type=file]").send_keys(str(candles))
    page.says(EN("export.title"))
    assert page.faults(axe) == []
    last = page.find("[data-testid=stSlider] input[type=range], [data-testid=stSlider] [role=slider]")[-1]
    page.driver.execute_script("arguments[0].focus()", last)
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.says("What if: the last closes are changed")
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_without_service_have_no_serious_violation(
    axe: str, browser: Browser, unreachable: str, path: str, dark: bool
) -> None:
    browser.resize(360, 900)
    page = Page(browser, unreachable).open(f"{path}?lang=pt-BR", text=PT("unreachable"), dark=dark)
    assert page.faults(axe) == []
