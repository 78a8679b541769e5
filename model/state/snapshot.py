"""Snapshot of the state for readers. If a file cannot be read, its previous content is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from model.contract.errors import PricesError
from model.state import ledger, status
from model.state.folder import StateFolder
from model.state.ledger import LedgerEntry, parse_entries
from model.state.status import Status, parse_status

Condition = Literal["read", "missing", "corrupt", "unreadable"]
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)


@dataclass(frozen=True, slots=True)
class StateSnapshot:
    """Status and ledger as last read.

    Attributes:
        status: Last status that could be read and parsed; empty if the file is missing.
        entries: Last ledger entries that could be read and parsed; empty if the file is missing.
        conditions: Current condition of each file; empty if no files were read.
    """

    status: Status = field(default_factory=Status)
    entries: tuple[LedgerEntry, ...] = ()
    conditions: Mapping[str, Condition] = field(default_factory=dict)


def read_snapshot(folder: StateFolder, previous: StateSnapshot) -> StateSnapshot:
    """Read both files. For a file that cannot be read or parsed, keep the content of the previous snapshot."""
    content, condition = _read(folder, status.FILE)
    parsed: Status | None = previous.status
    if condition in {"read", "missing"}:
        parsed = Status() if content is None else parse_status(content)
    lines, lines_condition = _read(folder, ledger.FILE)
    entries = previous.entries
    if lines_condition in {"read", "missing"}:
        entries = tuple(parse_entries(lines or b""))
        if lines and not entries:
            entries, lines_condition = previous.entries, "corrupt"
    return StateSnapshot(
        status=previous.status if parsed is None else parsed,
        entries=entries,
        conditions={status.FILE: "corrupt" if parsed is None else condition, ledger.FILE: lines_condition},
    )


def _read(folder: StateFolder, name: str) -> tuple[bytes | None, Condition]:
    try:
        content = folder.read(name)
    except PricesError:
        return None, "unreadable"
    return content, "missing" if content is None else "read"
