"""The manifest of a version folder: what was trained, from what, with what, and the digest of every file."""

from datetime import date, datetime
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from model.contract.errors import CorruptArtefactError
from model.contract.levels import LEVELS
from model.contract.version import is_version

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SAVED_MODEL: Final = "saved_model"
ONNX: Final = "model.onnx"
SCALER: Final = "scaler.joblib"
GOLDEN: Final = "golden.json"
METRICS: Final = "report/metrics.json"
REPORT: Final = "report/report.html"

_SHA256: Final = r"^[0-9a-f]{64}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class FileEntry(_Part):
    """One file of the folder."""

    sha256: str = Field(pattern=_SHA256, description="SHA-256 of its bytes")
    size: int = Field(ge=0, description="bytes")


class DataRange(_Part):
    """The prices of one symbol that the exported model was fitted on."""

    symbol: str = Field(description="as Yahoo Finance writes it")
    first: date = Field(description="the first session")
    last: date = Field(description="the last session")
    sessions: int = Field(gt=0, description="how many there are")
    digest: str = Field(pattern=_SHA256, description="SHA-256 of symbol, dates and adjusted closes")
    source: str = Field(description="where they came from: yahoo, alphavantage, csv, arch")
    downloaded_at: datetime = Field(description="when")


class Manifest(_Part):
    """`manifest.json`. Unknown fields are refused: a newer schema has a higher `schema_version`."""

    schema_version: Literal[1] = Field(default=SCHEMA_VERSION, description="of this schema")
    model: str = Field(description="name of the model")
    version: str = Field(description="name of the version: time of the export and digits of a digest; sorts by time")
    created: datetime = Field(description="when it was exported")
    state: Literal["trained", "untrained"] = Field(
        description="untrained: naive with EWMA quantiles, because nothing trained passed the gate"
    )
    shrink: Literal[0, 1] = Field(
        description="lambda of the forecast design; 0: the forecast is the last close, the median did not earn its keep"
    )
    levels: tuple[float, ...] = Field(default=LEVELS, description="levels of the quantiles that it computes")
    recipe: dict[str, Any] = Field(description="every choice that training makes before it sees data")
    settings: dict[str, Any] = Field(description="the record of the training: symbols, seed, split, epochs, validation")
    data: tuple[DataRange, ...] = Field(min_length=1, description="the prices of each symbol")
    git_revision: str | None = Field(description="of the checkout that made it, where there was one")
    packages: dict[str, str] = Field(description="versions of the packages that made it")
    metrics: dict[str, Any] = Field(description="measures, skill and verdict, as in `report/metrics.json`")
    gate: dict[str, Any] | None = Field(default=None, description="the gate's decision with its checks")
    former: str | None = Field(default=None, description="the version that this one was fine-tuned from")
    files: dict[str, FileEntry] = Field(description="every other file of the folder, by its path")

    @field_validator("version")
    @classmethod
    def _version_form(cls, value: str) -> str:
        if not is_version(value):
            raise ValueError("expected a name like 20261124T014500Z-1a2b3c4d")
        return value

    @field_validator("levels")
    @classmethod
    def _levels_of_the_contract(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value != LEVELS:
            raise ValueError(f"expected the levels {LEVELS}")
        return value

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that the model was trained on."""
        return tuple(part.symbol for part in self.data)

    @property
    def source(self) -> str:
        """Where the training prices came from, e.g. `yahoo` or `csv,yahoo`."""
        return ",".join(sorted({part.source for part in self.data}))

    @classmethod
    def parse(cls, raw: bytes, where: str) -> Self:
        """Reads a manifest.

        Raises:
            CorruptArtefactError: not JSON, or a field that is missing, unknown or wrong; names the first.
        """
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "content"
            raise CorruptArtefactError(f"{where}, {field}: {first['msg']}") from error

    def dump(self) -> bytes:
        """The manifest as it is written, indented for people."""
        return self.model_dump_json(indent=2).encode() + b"\n"
