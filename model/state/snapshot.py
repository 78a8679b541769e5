"""What is known of the state at one time, for whoever only watches: a file that fails takes nothing away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from model.contract.errors import PricesError
from model.state import ledger, status
from model.state.folder import StateFolder
from model.state.ledger import Entry, parse_entries
from model.state.status import Status, parse_status

Condition = Literal["read", "missing", "corrupt", "unreadable"]
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Status and ledger as last read.

    Attributes:
        status, entries: what the files said when they could last be read and understood, or when they were not there.
        conditions: of each file now; empty where nobody looked at files.
    """

    status: Status = field(default_factory=Status)
    entries: tuple[Entry, ...] = ()
    conditions: Mapping[str, Condition] = field(default_factory=dict)


def look(folder: StateFolder, former: Snapshot) -> Snapshot:
    """Reads both files; of one that cannot be read or understood, what was known before goes on."""
    content, condition = _read(folder, status.FILE)
    known: Status | None = former.status
    if condition in {"read", "missing"}:
        known = Status() if content is None else parse_status(content)
    lines, lines_condition = _read(folder, ledger.FILE)
    entries = former.entries
    if lines_condition in {"read", "missing"}:
        entries = tuple(parse_entries(lines or b""))
        if lines and not entries:
            entries, lines_condition = former.entries, "corrupt"
    return Snapshot(
        status=former.status if known is None else known,
        entries=entries,
        conditions={status.FILE: "corrupt" if known is None else condition, ledger.FILE: lines_condition},
    )


def _read(folder: StateFolder, name: str) -> tuple[bytes | None, Condition]:
    try:
        content = folder.read(name)
    except PricesError:
        return None, "unreadable"
    return content, "missing" if content is None else "read"
