"""A page of this machine in the user's browser."""

import webbrowser
from pathlib import Path
from urllib.parse import quote

from model.contract.errors import NextcloseError


class BrowserError(NextcloseError):
    """There is no browser that could be started here."""

    reason = "browser"


def page_address(page: Path, anchor: str | None = None) -> str:
    """The address of a page for a browser, at one of its places where one is named."""
    return page.absolute().as_uri() + (f"#{quote(anchor)}" if anchor else "")


def open_page(address: str) -> None:
    """Opens an address in the browser that the system, or BROWSER, names.

    Raises:
        BrowserError: there is none, or it does not start.
    """
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        raise BrowserError(f"no browser could be started here (BROWSER names one); open it by hand: {address}")
