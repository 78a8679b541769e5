"""`promotions.jsonl`: a line for every promotion, rollback and failure, and what follows from them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.state.folder import StateFolder

FILE: Final = "promotions.jsonl"
Action = Literal["promote", "rollback"]


class Entry(BaseModel):
    """One line.

    Attributes:
        at: when it was written (UTC). action: what was asked for. by: the command that asked.
        outcome: `begun` before anything is changed, then `done` or `failed`.
        version: the one to be served. address: where it lies, as the service names it.
        former, former_address: what was served before, None where nothing was.
        check: which check failed. reason: in words. restored: whether the former state was put back after a failure.
        seconds: from the beginning to this line.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: datetime
    action: Action
    by: str
    outcome: Literal["begun", "done", "failed"]
    version: str
    address: str
    former: str | None = None
    former_address: str | None = None
    check: str | None = None
    reason: str | None = None
    restored: bool | None = None
    seconds: float | None = None


class Ledger:
    """The file, beside the price store."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def entries(self) -> list[Entry]:
        """All lines, oldest first; one that was cut short is passed over."""
        return parse_entries(self._folder.read(FILE) or b"")

    def write(self, entry: Entry) -> None:
        """Appends a line.

        Raises:
            PricesError: it cannot be written.
        """
        self._folder.append(FILE, entry.model_dump_json(exclude_none=True).encode())


def parse_entries(content: bytes) -> list[Entry]:
    """The lines of a file, oldest first; those that cannot be understood are passed over."""
    found = []
    for line in content.splitlines():
        try:
            found.append(Entry.model_validate_json(line))
        except ValidationError:
            continue
    return found


def served_before(entries: Sequence[Entry]) -> list[str]:
    """The versions served one after the other, the present one last, as a stack: a rollback takes one off.

    So a second rollback goes one further back, and not to what the first one left.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.outcome != "done":
            continue
        if entry.action == "rollback" and entry.version in stack[:-1]:
            del stack[len(stack) - stack[-2::-1].index(entry.version) - 1 :]
        elif not stack or stack[-1] != entry.version:
            if not stack and entry.former:
                stack.append(entry.former)
            stack.append(entry.version)
    return stack


def rollback_target(entries: Sequence[Entry], serving: str | None) -> str | None:
    """The version that was served before the present one, None where none is known."""
    stack = served_before(entries)
    if serving in stack:
        del stack[len(stack) - 1 - stack[::-1].index(serving) :]
    return stack[-1] if stack else None


def interrupted(entries: Sequence[Entry]) -> Entry | None:
    """The last promotion, where it was begun and neither done nor failed: whoever did it was ended."""
    return entries[-1] if entries and entries[-1].outcome == "begun" else None


def now() -> datetime:
    """The time of a line."""
    return datetime.now(UTC).replace(microsecond=0)
