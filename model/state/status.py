"""`status.json`: what the last refresh came to, beside the price store, for people and for metrics."""

from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.state.folder import StateFolder

FILE: Final = "status.json"


class StepResult(BaseModel):
    """One step of a run: its result in a word, in words, and its seconds."""

    model_config = ConfigDict(frozen=True)

    step: str
    result: str
    detail: str
    seconds: float


class LastRun(BaseModel):
    """The last refresh, whatever came of it."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    result: Literal["nothing", "held", "unchanged", "refused", "promoted", "failed"]
    steps: tuple[StepResult, ...]
    seconds: float


class GateDecision(BaseModel):
    """The last decision of the gate."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    version: str
    promoted: bool
    sentence: str


class Attempt(BaseModel):
    """The last training that was carried to its end, so that the same prices are not trained on again.

    Attributes:
        digests: of the prices, by symbol. until: the first of their last dates. version: what came of them.
        result: `unchanged`, `refused`, or `exported` (whether it was promoted is in the ledger).
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    digests: dict[str, str]
    until: date
    version: str
    result: Literal["unchanged", "refused", "exported"]


class Status(BaseModel):
    """The file. Parts that nothing is known of yet are null.

    `refused_in_a_row` counts the gate's refusals since it last let a candidate pass, `refused_since` is the time of the
    first of them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    last_run: LastRun | None = None
    last_gate: GateDecision | None = None
    last_attempt: Attempt | None = None
    served: str | None = None
    served_since: datetime | None = None
    data_until: dict[str, date] = {}
    last_success: datetime | None = None
    refused_in_a_row: int = 0
    refused_since: datetime | None = None


def parse_status(content: bytes) -> Status | None:
    """What a file says; None where it cannot be understood."""
    try:
        return Status.model_validate_json(content)
    except ValidationError:
        return None


def read_status(folder: StateFolder) -> Status:
    """The file; an empty one where it is not there or cannot be understood, as all of it can be found again.

    Raises:
        PricesError: it cannot be read.
    """
    content = folder.read(FILE)
    return (parse_status(content) if content is not None else None) or Status()


def write_status(folder: StateFolder, status: Status) -> None:
    """Replaces the file.

    Raises:
        PricesError: it cannot be written.
    """
    folder.replace(FILE, status.model_dump_json(indent=2).encode() + b"\n")
