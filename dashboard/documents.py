"""The service's documents for people, `/report`, `/versions` and `/status`, as far as the pages show them.

What another release leaves out or writes in another way is found here, when a document is read, and by nobody later.
Names that the service may add to, as those of results and steps, are text and are not checked.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from model.contract.levels import INTERVALS, LEVELS

Day: TypeAlias = date  # fields are called `date`, too
Quantiles = Annotated[tuple[float, ...], Field(min_length=len(LEVELS), max_length=len(LEVELS))]


class Document(BaseModel):
    """A JSON object; fields that no page shows are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


# --- /report ----------------------------------------------------------------------------------------------------------


class Span(Document):
    """The sessions that were judged."""

    first: Day
    last: Day
    sessions: int


class Verdict(Document):
    """Against "tomorrow = today": `better`, `tie` or `worse`."""

    point: str
    distribution: str


class Measures(Document):
    """Of one row; prices' units, shares of the price, shares of closes by percent. None where there is no number."""

    mae: float | None
    crps: float | None
    coverage: dict[str, float | None]


class OverTime(Document):
    """Moving means, each of so many sessions."""

    window: int
    date: tuple[Day, ...]
    coverage: dict[str, tuple[float, ...]]
    error: tuple[float, ...]
    naive_error: tuple[float, ...]

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        shares = [self.coverage.get(str(percent), ()) for percent in INTERVALS]
        _same_length("date", self.date, *shares, self.error, self.naive_error)
        return self


class Calibration(Document):
    """Share of closes at or below each quantile, and of how many points."""

    observed: Quantiles
    points: int = Field(gt=0)


class Record(Document):
    """Forecasts of a symbol and the closes that came."""

    date: tuple[Day, ...] = Field(min_length=1)
    actual: tuple[float, ...]
    quantiles: tuple[Quantiles, ...]

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        _same_length("date", self.date, self.actual, self.quantiles)
        return self


class Report(Document):
    """`/report`. Reports of older releases have no single forecasts."""

    version: str
    range: Span
    verdict: Verdict
    measures: dict[str, Measures]
    skill: dict[str, float | None]
    over_time: OverTime
    calibration: Calibration
    forecasts: dict[str, Record] = {}

    @model_validator(mode="after")
    def _with_both(self) -> Self:
        if missing := {"model", "naive"} - self.measures.keys():
            raise ValueError(f"measures: expected those of {' and '.join(sorted(missing))}")
        return self


class Judged(Document):
    """What the gate said when the served version was evaluated: the one part of `/report` that operations show."""

    class _Gate(Document):
        sentence: str

    gate: _Gate


# --- /versions --------------------------------------------------------------------------------------------------------


class Served(Document):
    """The served version; its symbols stand between commas."""

    version: str
    created: AwareDatetime
    data_until: Day
    symbols: str


class Promotion(Document):
    """One line of what was promoted and rolled back."""

    at: AwareDatetime
    action: str
    version: str
    outcome: str
    by: str
    reason: str = ""


class Versions(Document):
    """`/versions`; nothing is served before the first version."""

    served: Served | None
    versions: tuple[str, ...]
    promotions: tuple[Promotion, ...]

    @field_validator("served", mode="before")
    @classmethod
    def _none_yet(cls, served: Any) -> Any:
        return None if isinstance(served, Mapping) and served.get("version", "") is None else served


# --- /status ----------------------------------------------------------------------------------------------------------


class Role(Document):
    """Whether a role can answer, and why not."""

    ready: bool
    reason: str | None = None


class Roles(Document):
    """Both of them."""

    transformer: Role
    predictor: Role


class Step(Document):
    """A step of a refresh: its result in a word, in words, and its seconds."""

    step: str
    result: str
    detail: str
    seconds: float


class Run(Document):
    """A refresh."""

    at: AwareDatetime
    result: str
    steps: tuple[Step, ...]
    seconds: float


class Gate(Document):
    """A decision of the gate on a candidate."""

    at: AwareDatetime
    version: str
    promoted: bool
    sentence: str


class Refreshed(Document):
    """What the last refresh came to; None of what nothing is known of."""

    last_run: Run | None
    last_gate: Gate | None


class Status(Document):
    """`/status`."""

    roles: Roles
    refresh: Refreshed


def _same_length(name: str, first: tuple[Any, ...], *others: tuple[Any, ...]) -> None:
    for other in others:
        if len(other) != len(first):
            raise ValueError(f"expected as many values as there are of '{name}', {len(first)}, got {len(other)}")
