"""The report and the comparison in print: no chart is cut at the margin or by a page break."""

import base64
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.cli.workplace import TwoVersions
from tests.pages.browser import Browser

PAPERS = {"A4": (8.27, 11.69), "letter": (8.5, 11.0)}
MARGIN = 0.4  # inches, Chromium's default margin
_FIGURES = """
return [...document.querySelectorAll("figure")].map(figure => ({
  title: figure.querySelector("h3").textContent,
  caption: figure.querySelector("figcaption").textContent,
  labels: [...figure.querySelectorAll("[role=img]")].filter(one => one.offsetParent !== null)
    .flatMap(one => [...one.querySelectorAll("svg text")].map(text => text.textContent)),
  right: figure.getBoundingClientRect().right,
}));
"""


@pytest.fixture(scope="module", params=["report", "comparison"])
def page(request: pytest.FixtureRequest, two_versions: TwoVersions) -> Path:
    folder = two_versions.place.registry.folder / two_versions.newer
    return two_versions.page if request.param == "comparison" else folder / "report" / "report.html"


def _normalised(text: str) -> str:
    # Line breaks, ligatures and the kind of minus sign depend on the paper and the font.
    return re.sub(r"\s|[-\u2212\u2010\xad]", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("paper", PAPERS)
def test_no_chart_is_cut(browser: Browser, page: Path, paper: str) -> None:
    width, height = PAPERS[paper]
    inside = int((width - 2 * MARGIN) * 96)
    browser.resize(inside)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        browser.driver.get(page.resolve().as_uri())
        figures: list[dict[str, Any]] = browser.driver.execute_script(_FIGURES)
        assert browser.width_of_content() <= inside
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = browser.driver.execute_cdp_cmd(
        "Page.printToPDF", {"paperWidth": width, "paperHeight": height, "printBackground": True}
    )
    sheets = [
        _normalised(sheet.extract_text()) for sheet in PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages
    ]
    assert len(figures) >= 4
    for figure in figures:
        assert figure["right"] <= inside
        assert len(figure["labels"]) > 6, "a chart has labels"
        parts = {_normalised(text) for text in (figure["title"], figure["caption"], *figure["labels"])} - {""}
        whole = [number for number, sheet in enumerate(sheets) if all(part in sheet for part in parts)]
        assert whole, f"{figure['title']}: none of {len(sheets)} pages contains all of {sorted(parts)}"


def test_comparison_opens_from_disk(browser: Browser, two_versions: TwoVersions) -> None:
    address = two_versions.page.as_uri()
    browser.clear()
    for width in (360, 1440):
        browser.resize(width)
        browser.driver.get(address)
        assert browser.width_of_content() <= width
    assert set(browser.requested()) == {address}, "the page is self-contained"
    assert browser.errors() == []
    shown = browser.driver.execute_script("return document.body.innerText")
    for text in (two_versions.newer, two_versions.older, two_versions.compare.out.splitlines()[0]):
        assert text in shown
