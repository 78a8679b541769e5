"""Keyboard navigation: the Tab key reaches all controls in order, and the focus is visible."""

import io

from PIL import Image, ImageChops
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.dashboard.dashboard_process import OTHER
from tests.dashboard.page import Page

EN = Texts("en")
_MAX_STOPS = 60  # the page has about 30
_NAME = """
const focused = document.activeElement;
if (focused === document.body) return null;
const labelled = focused.getAttribute('aria-labelledby');
return focused.getAttribute('aria-label') || (labelled && document.getElementById(labelled)?.innerText)
  || focused.labels?.[0]?.innerText || focused.innerText || focused.value || focused.tagName;
"""
# Without animations and caret, two screenshots differ only by the indicator of the focus.
_STILL = """
const style = document.createElement('style');
style.textContent = '* {transition: none !important; animation: none !important; caret-color: transparent !important}';
document.head.append(style);
"""


def test_tab_reaches_all_controls_in_order_with_visible_focus(page: Page) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("export.title"))
    page.driver.execute_script(_STILL)
    assert not differ(picture(page), picture(page)), "nothing moves"
    names, invisible = [], []
    for _ in range(_MAX_STOPS):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        name = page.driver.execute_script(_NAME)
        if name is None:
            break
        names.append(" ".join(str(name).split()))
        if not focus_is_visible(page):
            invisible.append(names[-1])
        if names[-1] == EN("export.json"):
            break
    expected = [EN("page.track_record"), EN("language"), EN("source.stored"), EN("forecast.symbol")]
    expected += ["curl", "Copy to clipboard", EN("export.csv"), EN("export.json")]
    assert [name for name in names if name in expected] == expected, names
    assert sum(name.startswith("Close of") for name in names) == 5, names
    assert invisible == []


def focus_is_visible(page: Page) -> bool:
    """Return whether the focused element looks different from the same element without focus."""
    focused = picture(page)
    element = page.driver.execute_script("const at = document.activeElement; at.blur(); return at")
    plain = picture(page)
    page.driver.execute_script("arguments[0].focus({preventScroll: true, focusVisible: true})", element)
    return differ(focused, plain)


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")


def differ(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is not None
