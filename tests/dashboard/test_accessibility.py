"""axe-core finds nothing serious on any page, narrow or wide, light or dark, in either language."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from dashboard.texts import Texts
from tests.dashboard.page import Page
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
    page.choose(EN("forecast.paste"))
    page.says(EN("forecast.wait_text"))
    page.one("textarea").send_keys("36.1 abc")
    page.press(EN("forecast.text_button"))
    page.says("Line 2, column close")
    assert page.faults(axe) == []
