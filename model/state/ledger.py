"""The ledger `promotions.jsonl`: one line per promotion, rollback and failure, and queries on it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.state.folder import StateFolder

FILE: Final = "promotions.jsonl"
Action = Literal["promote", "rollback"]


class LedgerEntry(BaseModel):
    """One line of the ledger.

    Attributes:
        at: Time of writing (UTC).
        action: Requested action.
        by: Command that requested it.
        outcome: `begun` before anything is changed, then `done` or `failed`.
        version: The version to be served.
        address: Address of that version, as in the InferenceService.
        former: The version served before; None if there was none.
        former_address: Address of the version served before; None if there was none.
        check: The check that failed.
        reason: Reason of the failure.
        restored: Whether the previous state was restored after a failure.
        seconds: Time from the beginning of the promotion to this line.
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
    """The file `promotions.jsonl`, next to the prices."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def entries(self) -> list[LedgerEntry]:
        """Read all lines, oldest first. Truncated lines are ignored."""
        return parse_entries(self._folder.read(FILE) or b"")

    def write(self, entry: LedgerEntry) -> None:
        """Append a line.

        Raises:
            PricesError: The line cannot be written.
        """
        self._folder.append(FILE, entry.model_dump_json(exclude_none=True).encode())


def parse_entries(content: bytes) -> list[LedgerEntry]:
    """Parse the lines of a ledger, oldest first. Malformed lines are ignored."""
    entries = []
    for line in content.splitlines():
        try:
            entries.append(LedgerEntry.model_validate_json(line))
        except ValidationError:
            continue
    return entries


def served_stack(entries: Sequence[LedgerEntry]) -> list[str]:
    """The stack of served versions, with the current version last. A rollback pops one version.

    A second rollback therefore goes one version further back, and not to the version that the first one replaced.
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


def rollback_target(entries: Sequence[LedgerEntry], serving: str | None) -> str | None:
    """The version that was served before the current one; None if it is not known."""
    stack = served_stack(entries)
    if serving in stack:
        del stack[len(stack) - 1 - stack[::-1].index(serving) :]
    return stack[-1] if stack else None


def unfinished_promotion(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """The last entry if its promotion was begun but neither completed nor failed, because its process was killed."""
    return entries[-1] if entries and entries[-1].outcome == "begun" else None


def current_time() -> datetime:
    """Current time (UTC) in whole seconds, for `Entry.at`."""
    return datetime.now(UTC).replace(microsecond=0)
