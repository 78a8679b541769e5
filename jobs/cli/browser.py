"""Opening local pages in the user's browser."""

import webbrowser
from pathlib import Path
from urllib.parse import quote

from model.contract.errors import NextcloseError


class BrowserError(NextcloseError):
    """No browser could be started."""

    reason = "browser"


def page_address(page: Path, anchor: str | None = None) -> str:
    """The `file:` URL of a page, optionally of one anchor in it."""
    return page.absolute().as_uri() + (f"#{quote(anchor)}" if anchor else "")


def open_page(address: str) -> None:
    """Open an address in the browser named by BROWSER, or in the default browser.

    Raises:
        BrowserError: There is no browser, or it does not start.
    """
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        raise BrowserError(f"no browser could be started; set BROWSER or open the page yourself: {address}")
