"""By the Tab key alone: everything of the page is reached, in its order, and it is seen where one is."""

import io

from PIL import Image, ImageChops
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.dashboard.page import Page
from tests.dashboard.shown import OTHER

EN = Texts("en")
_MOST = 60  # stops; the page has some thirty
_NAME = """
const at = document.activeElement;
if (at === document.body) return null;
const labelled = at.getAttribute('aria-labelledby');
return at.getAttribute('aria-label') || (labelled && document.getElementById(labelled)?.innerText)
  || at.labels?.[0]?.innerText || at.innerText || at.value || at.tagName;
"""
# Nothing moves and no caret blinks: what differs between two pictures is what shows the focus.
_STILL = """
const style = document.createElement('style');
style.textContent = '* {transition: none !important; animation: none !important; caret-color: transparent !important}';
document.head.append(style);
"""


def test_all_is_reached_from_language_to_downloads_and_seen(page: Page) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("take.title"))
    page.driver.execute_script(_STILL)
    assert not differ(picture(page), picture(page)), "nothing else moves"
    names, unseen = [], []
    for _ in range(_MOST):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        name = page.driver.execute_script(_NAME)
        if name is None:
            break
        names.append(" ".join(str(name).split()))
        if not focus_is_seen(page):
            unseen.append(names[-1])
        if names[-1] == EN("take.json"):
            break
    wanted = [EN("page.track_record"), EN("language"), EN("source.stored"), EN("forecast.symbol")]
    wanted += ["curl", "Copy to clipboard", EN("take.csv"), EN("take.json")]
    assert [name for name in names if name in wanted] == wanted, names
    assert sum(name.startswith("Close of") for name in names) == 5, names
    assert unseen == []


def focus_is_seen(page: Page) -> bool:
    """Whether the element in focus looks other than without."""
    focused = picture(page)
    at = page.driver.execute_script("const at = document.activeElement; at.blur(); return at")
    plain = picture(page)
    page.driver.execute_script("arguments[0].focus({preventScroll: true, focusVisible: true})", at)
    return differ(focused, plain)


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")


def differ(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is not None
