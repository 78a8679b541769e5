"""`status.json`: result of the last refresh, stored next to the prices, for people and for metrics."""

from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from model.state.folder import StateFolder

FILE: Final = "status.json"


class StepResult(BaseModel):
    """Result of one pipeline step of a run.

    Attributes:
        step: Name of the step.
        result: Result as one word.
        detail: Result as a sentence.
        seconds: Duration.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    result: str
    detail: str
    seconds: float


class LastRun(BaseModel):
    """The last refresh, successful or not."""

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
    """The last completed training, recorded so that the model is not trained on the same prices again.

    Attributes:
        at: Time of the training.
        digests: Digests of the prices, by symbol.
        until: Earliest of the last dates of all symbols.
        version: The trained version.
        result: `unchanged`, `refused` or `exported`. The ledger contains whether an exported version was promoted.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    digests: dict[str, str]
    until: date
    version: str
    result: Literal["unchanged", "refused", "exported"]


class Status(BaseModel):
    """Content of the file. Unknown parts are null.

    Attributes:
        last_run: The last refresh.
        last_gate: The last decision of the gate.
        last_attempt: The last completed training.
        served: The served version.
        served_since: Time since which it is served.
        data_until: Date of the last close, by symbol.
        last_success: End of the last refresh without failure.
        refused_in_a_row: Number of refusals by the gate since the last candidate that passed.
        refused_since: Time of the first of these refusals.
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
    """Parse a status file. Returns None if it is malformed."""
    try:
        return Status.model_validate_json(content)
    except ValidationError:
        return None


def read_status(folder: StateFolder) -> Status:
    """Read the status. If the file is missing or malformed, return an empty status: all of it can be recomputed.

    Raises:
        PricesError: The file cannot be read.
    """
    content = folder.read(FILE)
    return (parse_status(content) if content is not None else None) or Status()


def write_status(folder: StateFolder, status: Status) -> None:
    """Replace the file.

    Raises:
        PricesError: The file cannot be written.
    """
    folder.replace(FILE, status.model_dump_json(indent=2).encode() + b"\n")
