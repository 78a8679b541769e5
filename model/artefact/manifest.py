"""The manifest of a version folder: model, training data, settings, packages, and the digest of every file."""

from datetime import date, datetime
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from model.contract.errors import CorruptArtefactError
from model.contract.levels import LEVELS
from model.contract.version import is_version

SCHEMA_VERSION: Final = 1

# Paths in the folder of a version.
MANIFEST: Final = "manifest.json"
SAVED_MODEL: Final = "saved_model"  # folder with the network as a TensorFlow SavedModel
ONNX: Final = "model.onnx"  # the same network, for ONNX Runtime
SCALER: Final = "scaler.joblib"  # scikit-learn scaler of the features
GOLDEN: Final = "golden.json"  # inputs and their forecasts, computed at export to verify the served version
METRICS: Final = "report/metrics.json"  # result of the evaluation
REPORT: Final = "report/report.html"  # the evaluation report for readers

_SHA256: Final = r"^[0-9a-f]{64}$"


class _FrozenModel(BaseModel):
    # By default, pydantic would write NaN and the infinities as null, which cannot be read back as a number. Numbers in
    # `settings`, such as the losses of a training, can have these values.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class FileEntry(_FrozenModel):
    """Digest and size of one file in the version folder."""

    sha256: str = Field(pattern=_SHA256, description="SHA-256 of the content")
    size: int = Field(ge=0, description="size in bytes")


class TrainingSeries(_FrozenModel):
    """The prices of one symbol that the exported model was fitted on."""

    symbol: str = Field(description="symbol in Yahoo Finance's notation")
    first: date = Field(description="first session")
    last: date = Field(description="last session")
    sessions: int = Field(gt=0, description="number of sessions")
    digest: str = Field(pattern=_SHA256, description="SHA-256 of symbol, dates and adjusted prices")
    source: str = Field(
        description="source of the prices: yahoo, alphavantage, csv or arch (the index in the Python package `arch`)"
    )
    downloaded_at: datetime = Field(description="time of the download")


class Manifest(_FrozenModel):
    """Content of `manifest.json`. Unknown fields are rejected. Increment `schema_version` when adding a field."""

    schema_version: Literal[1] = Field(default=SCHEMA_VERSION, description="version of this schema")
    model: str = Field(description="name of the model")
    version: str = Field(description="name of the version: time of the export and digits of a digest; sorts by time")
    created: datetime = Field(description="time of the export")
    state: Literal["trained", "untrained"] = Field(
        description="untrained: naive forecast with EWMA quantiles, because no trained network passed the gate"
    )
    shrink: Literal[0, 1] = Field(
        description="lambda of the forecast design: 1 uses the model's median, 0 uses the last close, because the "
        "median did not beat it on validation data"
    )
    levels: tuple[float, ...] = Field(default=LEVELS, description="levels of the quantiles")
    recipe: dict[str, Any] = Field(description="all training parameters that are chosen before data is read")
    settings: dict[str, Any] = Field(description="record of the training: symbols, seed, split, epochs, validation")
    data: tuple[TrainingSeries, ...] = Field(min_length=1, description="prices of each symbol")
    git_revision: str | None = Field(description="revision of the checkout that exported the version, if there was one")
    packages: dict[str, str] = Field(description="versions of the packages used for the export")
    metrics: dict[str, Any] = Field(description="measures, skill and verdict, as in `report/metrics.json`")
    gate: dict[str, Any] | None = Field(default=None, description="decision of the gate with its checks")
    former: str | None = Field(default=None, description="the version that this one was fine-tuned from")
    files: dict[str, FileEntry] = Field(description="all other files in the folder, by path")

    @field_validator("version")
    @classmethod
    def _check_version(cls, value: str) -> str:
        if not is_version(value):
            raise ValueError("expected a name like 20261124T014500Z-1a2b3c4d")
        return value

    @field_validator("levels")
    @classmethod
    def _check_levels(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value != LEVELS:
            raise ValueError(f"expected the levels {LEVELS}")
        return value

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that the model was trained on."""
        return tuple(part.symbol for part in self.data)

    @property
    def source(self) -> str:
        """Sources of the training prices, e.g. `yahoo` or `csv,yahoo`."""
        return ",".join(sorted({part.source for part in self.data}))

    @classmethod
    def parse(cls, raw: bytes, file_name: str) -> Self:
        """Parse a manifest.

        Args:
            raw: Content of the file.
            file_name: Name of the file, for messages.

        Raises:
            CorruptArtefactError: The content is not JSON, or a field is missing, unknown or invalid. The message names
                the first such field.
        """
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "content"
            raise CorruptArtefactError(f"{file_name}, {field}: {first['msg']}") from error

    def to_json(self) -> bytes:
        """Convert to indented JSON."""
        return self.model_dump_json(indent=2).encode() + b"\n"
