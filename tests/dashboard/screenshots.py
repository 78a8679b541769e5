"""Takes the pictures of docs/images anew: `make screenshots`. Prices are real, training is done here, in minutes.

Beside them it keeps which texts of the page are in each, so that a test finds those that a picture shows as they were.
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
from tests.cli.nextclose import Ports, Running, run
from tests.dashboard.page import Page
from tests.dashboard.pictured import texts_in
from tests.dashboard.shown import dashboard
from tests.pages.browser import Browser, open_browser

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
TEXTS: Final = FOLDER / "dashboard-texts.json"
_COLOURS: Final = 96  # a page has few; a picture has a third of the size so


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the pictures: its name, path and language, the width, and the text that shows it is complete."""

    name: str
    path: str
    language: str
    width: int
    text: str
    dark: bool = False
    longest: int = 1400


PICTURES: Final = (
    Picture("dashboard-forecast", "", "en", 1280, "take.title", longest=1250),
    Picture("dashboard-track-record", "track-record", "en", 1280, "record.table", longest=1500),
    Picture("dashboard-operations", "operations", "en", 1280, "ops.gate"),
    Picture("dashboard-portuguese", "", "pt-BR", 1280, "take.title", dark=True, longest=1250),
    Picture("dashboard-phone", "", "en", 360, "take.title", longest=1700),
)


@contextmanager
def service(folder: Path, source: list[str]) -> Iterator[str]:
    """A service that was trained on real prices, with the settings that everybody has."""
    for step in (["collect", *source], ["train"], ["evaluate"], ["export"]):
        sys.stdout.write(f"nextclose {' '.join(step)}\n")
        run(folder, *step).fine()
    ports = Ports.free()
    command = Running(folder, "serve", *ports.options)
    try:
        command.await_text("curl -s")
        yield ports.url
    finally:
        command.stop()


def take(browser: Browser, address: str, picture: Picture) -> tuple[bytes, dict[str, str]]:
    """The page as a PNG file, no longer than its content, and the texts that are in it."""
    texts = Texts(picture.language)
    browser.resize(picture.width, 900)
    page = Page(browser, address).open(f"{picture.path}?lang={picture.language}", dark=picture.dark)
    page.says(texts(picture.text))
    height = browser.driver.execute_script("return document.querySelector('[data-testid=stMain]').scrollHeight")
    browser.resize(picture.width, min(height + 60, picture.longest))
    page.says(texts(picture.text))
    page.wait(lambda: page.overflow() == 0, "the page is laid out")
    shot = Image.open(io.BytesIO(browser.driver.get_screenshot_as_png()))
    small = shot.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    small.save(content, "PNG", optimize=True)
    return content.getvalue(), texts_in(page.lines(), picture.language)


def main(source: list[str]) -> None:
    """Writes all pictures; the source of the prices as `nextclose collect` takes it, by default whatever it finds."""
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
