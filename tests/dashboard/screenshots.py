"""Take the screenshots in docs/images: `make screenshots`. Trains a version on real prices, which takes minutes.

The texts that each screenshot shows are recorded next to it, so that a test detects outdated screenshots.
"""

import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from dashboard.texts import Texts
from tests.cli.nextclose import BackgroundCommand, Ports, run
from tests.dashboard.dashboard_process import dashboard
from tests.dashboard.page import Page
from tests.dashboard.screenshot_texts import texts_in
from tests.pages.browser import Browser, open_browser

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
TEXTS: Final = FOLDER / "dashboard-texts.json"
_COLOURS: Final = 96  # enough for a page; reduces the file to a third


@dataclass(frozen=True, slots=True)
class Picture:
    """A screenshot.

    Attributes:
        name: File name without the ending.
        path: Path of the page.
        language: Language of the page.
        width: Width of the browser window in pixels.
        text: Key of the text whose appearance shows that the page is complete.
        dark: Whether the theme is dark.
        longest: Maximum height in pixels.
    """

    name: str
    path: str
    language: str
    width: int
    text: str
    dark: bool = False
    longest: int = 1400


PICTURES: Final = (
    Picture("dashboard-forecast", "", "en", 1280, "export.title", longest=1250),
    Picture("dashboard-track-record", "track-record", "en", 1280, "record.table", longest=1500),
    Picture("dashboard-operations", "operations", "en", 1280, "ops.gate"),
    Picture("dashboard-portuguese", "", "pt-BR", 1280, "export.title", dark=True, longest=1250),
    Picture("dashboard-phone", "", "en", 360, "export.title", longest=1700),
)


@contextmanager
def service(folder: Path, source: list[str]) -> Iterator[str]:
    """Serve a version trained on real prices, with default settings; yields the URL."""
    for step in (["collect", *source], ["train"], ["evaluate"], ["export"]):
        sys.stdout.write(f"nextclose {' '.join(step)}\n")
        run(folder, *step).check_success()
    ports = Ports.free()
    command = BackgroundCommand(folder, "serve", *ports.options)
    try:
        command.await_text("curl -s")
        yield ports.url
    finally:
        command.stop()


def take(browser: Browser, address: str, picture: Picture) -> tuple[bytes, dict[str, str]]:
    """Take a screenshot.

    Returns:
        The page as a PNG file, cropped to its content, and the keys and digests of its texts.
    """
    texts = Texts(picture.language)
    browser.resize(picture.width, 900)
    page = Page(browser, address).open(f"{picture.path}?lang={picture.language}", dark=picture.dark)
    page.says(texts(picture.text))
    height = browser.driver.execute_script("return document.querySelector('[data-testid=stMain]').scrollHeight")
    browser.resize(picture.width, min(height + 60, picture.longest))
    page.says(texts(picture.text))
    page.wait(lambda: page.overflow() == 0, "the page fits the window")
    screenshot = Image.open(io.BytesIO(browser.driver.get_screenshot_as_png()))
    reduced = screenshot.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    reduced.save(content, "PNG", optimize=True)
    return content.getvalue(), texts_in(page.lines(), picture.language)


def main(source: list[str]) -> None:
    """Take all screenshots.

    Args:
        source: Options of `nextclose collect` that select the source of the prices; by default any reachable source.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        service(Path(folder), source) as url,
        dashboard(Path(folder), url, public_url="http://127.0.0.1:8080") as address,
        open_browser() as browser,
    ):
        texts = {}
        for picture in PICTURES:
            content, texts[picture.name] = take(browser, address, picture)
            (FOLDER / f"{picture.name}.png").write_bytes(content)
            sys.stdout.write(f"docs/images/{picture.name}.png  {len(content) / 1000:.0f} kB\n")
    TEXTS.write_text(json.dumps(texts, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
