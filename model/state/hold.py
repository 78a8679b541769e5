"""Pause and pin: what a user wants refreshes to leave alone. A file of its own, so that no refresh writes over it."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from model.contract.errors import PricesError
from model.state.folder import StateFolder

FILE: Final = "hold.json"


class Hold(BaseModel):
    """What is held.

    Attributes:
        paused_since: refreshes train and promote nothing; None when not paused.
        pinned: only this version is served; None when none is pinned.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    paused_since: datetime | None = None
    pinned: str | None = None

    @property
    def sentence(self) -> str | None:
        """Why nothing new is promoted; None where nothing is held."""
        if self.pinned:
            return f"version {self.pinned} is pinned; `nextclose unpin` lets others follow"
        if self.paused_since:
            return f"paused since {self.paused_since:%Y-%m-%d %H:%M} UTC; `nextclose resume` goes on"
        return None


def read_hold(folder: StateFolder) -> Hold:
    """What is held; nothing where the file is not there.

    Raises:
        PricesError: the file cannot be read or understood: going on might promote what a user does not want.
    """
    content = folder.read(FILE)
    if content is None:
        return Hold()
    try:
        return Hold.model_validate_json(content)
    except ValidationError as error:
        raise PricesError(
            f"{FILE}: expected what `nextclose pause` and `pin` write; `resume` writes it anew"
        ) from error


def write_hold(folder: StateFolder, hold: Hold) -> None:
    """Replaces the file.

    Raises:
        PricesError: it cannot be written.
    """
    folder.replace(FILE, hold.model_dump_json(indent=2).encode() + b"\n")
