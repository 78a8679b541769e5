"""Models of the service's documents `/report`, `/versions` and `/status`, limited to the fields that the pages show.

A field that another release omits or writes differently is an error when the document is read, and never later. Names
that the service may extend, such as results and steps, are plain text and are not checked.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from model.contract.levels import INTERVALS, LEVELS

Day: TypeAlias = date  # some fields are named `date`
Quantiles = Annotated[tuple[float, ...], Field(min_length=len(LEVELS), max_length=len(LEVELS))]


class Document(BaseModel):
    """A JSON object. Fields that no page shows are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


# --- /report ----------------------------------------------------------------------------------------------------------


class EvaluationPeriod(Document):
    """Sessions of the evaluation."""

    first: Day
    last: Day
    sessions: int


class Verdict(Document):
    """Comparison with "tomorrow = today": `better`, `tie` or `worse`."""

    point: str
    distribution: str


class Measures(Document):
    """Measures of one forecaster; None if they cannot be computed.

    Attributes:
        mae: Mean absolute error, in price units.
        crps: Continuous ranked probability score, as a share of the price.
        coverage: Nominal coverage in percent -> share of closes inside.
    """

    mae: float | None
    crps: float | None
    coverage: dict[str, float | None]


class OverTime(Document):
    """Moving means over `window` sessions."""

    window: int
    date: tuple[Day, ...]
    coverage: dict[str, tuple[float, ...]]
    error: tuple[float, ...]
    naive_error: tuple[float, ...]

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        shares = [self.coverage.get(str(percent), ()) for percent in INTERVALS]
        _require_same_length("date", self.date, *shares, self.error, self.naive_error)
        return self


class Calibration(Document):
    """Share of closes at or below each quantile, and the number of closes."""

    observed: Quantiles
    points: int = Field(gt=0)


class ForecastHistory(Document):
    """Forecasts of a symbol and the actual closes."""

    date: tuple[Day, ...] = Field(min_length=1)
    actual: tuple[float, ...]
    quantiles: tuple[Quantiles, ...]

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        _require_same_length("date", self.date, self.actual, self.quantiles)
        return self


class Report(Document):
    """The evaluation report at `/report`. Reports of older releases have no individual forecasts."""

    version: str
    range: EvaluationPeriod
    verdict: Verdict
    measures: dict[str, Measures]
    skill: dict[str, float | None]
    over_time: OverTime
    calibration: Calibration
    forecasts: dict[str, ForecastHistory] = {}

    @model_validator(mode="after")
    def _require_model_and_naive(self) -> Self:
        if missing := {"model", "naive"} - self.measures.keys():
            raise ValueError(f"measures: {' and '.join(sorted(missing))} missing")
        return self


class EvaluatedGate(Document):
    """The gate's decision in the evaluation of the served version: the only part of `/report` that operations show."""

    class _Gate(Document):
        sentence: str

    gate: _Gate


# --- /versions --------------------------------------------------------------------------------------------------------


class Served(Document):
    """The served version. Its symbols are separated by commas."""

    version: str
    created: AwareDatetime
    data_until: Day
    symbols: str


class Promotion(Document):
    """One entry of the ledger of promotions and rollbacks."""

    at: AwareDatetime
    action: str
    version: str
    outcome: str
    by: str
    reason: str = ""


class Versions(Document):
    """The document `/versions`. `served` is None until the first version is promoted."""

    served: Served | None
    versions: tuple[str, ...]
    promotions: tuple[Promotion, ...]

    @field_validator("served", mode="before")
    @classmethod
    def _none_without_version(cls, served: Any) -> Any:
        return None if isinstance(served, Mapping) and served.get("version", "") is None else served


# --- /status ----------------------------------------------------------------------------------------------------------


class Role(Document):
    """Whether a role is ready, and the reason if not."""

    ready: bool
    reason: str | None = None


class Roles(Document):
    """Transformer and predictor."""

    transformer: Role
    predictor: Role


class Step(Document):
    """A step of a refresh.

    Attributes:
        step: Name of the step.
        result: Result as one word.
        detail: Details as a sentence.
        seconds: Duration.
    """

    step: str
    result: str
    detail: str
    seconds: float


class Run(Document):
    """A refresh: its time, result, steps and duration in seconds."""

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


class RefreshStatus(Document):
    """The last refresh and the last gate decision; None if there is none."""

    last_run: Run | None
    last_gate: Gate | None


class Status(Document):
    """The document `/status`."""

    roles: Roles
    refresh: RefreshStatus


def _require_same_length(name: str, first: tuple[Any, ...], *others: tuple[Any, ...]) -> None:
    for other in others:
        if len(other) != len(first):
            raise ValueError(f"expected {len(first)} values, as in '{name}', got {len(other)}")
