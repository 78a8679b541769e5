"""axe-core finds nothing serious on any page, narrow or wide, light or dark, in either language."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.dashboard.page import Page
from tests.dashboard.shown import dashboard
from tests.pages.browser import Browser
from tests.programs import require_program

_HERE: Final = Path(__file__).parent
EN, PT = Texts("en"), Texts("pt-BR")
PAGES: Final = {"": "take.title", "track-record": "record.table", "operations": "ops.gate"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script, of the version and with the digest that package-lock.json names."""
    npm, folder = require_program("npm"), tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_HERE / name, folder / name)
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def test_axe_finds_what_is_wrong(axe: str, browser: Browser) -> None:
    browser.driver.get("data:text/html,<html><body><img src='data:,'><input></body></html>")
    assert {name for name, _ in Page(browser, "").faults(axe)} >= {"image-alt", "label", "html-has-lang"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_no_serious_fault(axe: str, browser: Browser, address: str, path: str, width: int, dark: bool) -> None:
    browser.resize(width, 900)
    page = Page(browser, address).open(f"{path}?lang=pt-BR", text=PT(PAGES[path]), dark=dark)
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_serious_fault_where_something_is_wrong(axe: str, browser: Browser, address: str, dark: bool) -> None:
    browser.resize(360, 900)
    page = Page(browser, address).open("?lang=en", text=EN("take.title"), dark=dark)
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))
    page.one("textarea").send_keys("36.1 abc")
    page.press(EN("forecast.text_button"))
    page.says("Value 2: a price")
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_serious_fault_with_candles_of_a_file_and_what_if(
    axe: str, browser: Browser, address: str, candles: Path, dark: bool
) -> None:
    browser.resize(360, 900)
    page = Page(browser, address).open("?lang=en", text=EN("take.title"), dark=dark)
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    assert page.faults(axe) == []
    page.one("input[type=file]").send_keys(str(candles))
    page.says(EN("take.title"))
    assert page.faults(axe) == []
    last = page.find("[data-testid=stSlider] input[type=range], [data-testid=stSlider] [role=slider]")[-1]
    page.driver.execute_script("arguments[0].focus()", last)
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.says("What if: the last closes are moved")
    assert page.faults(axe) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_serious_fault_where_the_service_is_away(
    axe: str, browser: Browser, away: str, path: str, dark: bool
) -> None:
    browser.resize(360, 900)
    page = Page(browser, away).open(f"{path}?lang=pt-BR", text=PT("away"), dark=dark)
    assert page.faults(axe) == []


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard before an address where nothing is."""
    with dashboard(tmp_path_factory.mktemp("away"), "http://127.0.0.1:9") as started:
        yield started
