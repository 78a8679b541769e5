"""Pause and pin: a user's restrictions on refreshes, in a separate file so that refreshes do not overwrite them."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from model.contract.errors import PricesError
from model.state.folder import StateFolder

FILE: Final = "hold.json"


class RefreshHold(BaseModel):
    """Restrictions on refreshes.

    Attributes:
        paused_since: Since this time, refreshes do not train or promote; None: not paused.
        pinned: The only version to be served; None: no version is pinned.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    paused_since: datetime | None = None
    pinned: str | None = None

    @property
    def active(self) -> bool:
        """Whether new versions are not promoted."""
        return self.sentence is not None

    @property
    def sentence(self) -> str | None:
        """Reason why new versions are not promoted; None without restrictions."""
        if self.pinned:
            return f"version {self.pinned} is pinned; `nextclose unpin` allows other versions again"
        if self.paused_since:
            return f"paused since {self.paused_since:%Y-%m-%d %H:%M} UTC; `nextclose resume` ends the pause"
        return None


def read_refresh_hold(folder: StateFolder) -> RefreshHold:
    """Read the restrictions. A missing file means that there are none.

    Raises:
        PricesError: The file cannot be read or parsed. Ignoring it might promote a version against the user's will.
    """
    content = folder.read(FILE)
    if content is None:
        return RefreshHold()
    try:
        return RefreshHold.model_validate_json(content)
    except ValidationError as error:
        raise PricesError(
            f"{FILE}: expected a file written by `nextclose pause` or `pin`, got another one; `resume` rewrites it"
        ) from error


def write_refresh_hold(folder: StateFolder, hold: RefreshHold) -> None:
    """Replace the file.

    Raises:
        PricesError: The file cannot be written.
    """
    folder.replace(FILE, hold.model_dump_json(indent=2).encode() + b"\n")
