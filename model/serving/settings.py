"""Settings of the predictor process: NEXTCLOSE_PREDICTOR_* variables, read once."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME
from model.storage.files import is_object_store

Port = Annotated[int, Field(ge=1, le=65535)]


class PredictorSettings(BaseSettings):
    """Every setting of the predictor."""

    model_config = SettingsConfigDict(
        env_prefix="NEXTCLOSE_PREDICTOR_", frozen=True, extra="ignore", populate_by_name=True
    )

    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    models: Path = Field(
        Path("data/models"),
        # Not its own name: as a choice it would be a variable too, `MODELS`.
        validation_alias=AliasChoices("NEXTCLOSE_PREDICTOR_MODELS", "NEXTCLOSE_MODELS"),
        description="a version folder (as mounted in a pod), or the folder of all models with their `current` pointers",
    )
    host: str = Field("127.0.0.1", description="address that HTTP and gRPC listen on")
    port: Port = Field(8090, description="HTTP port")
    grpc_port: Port = Field(8091, description="gRPC port")
    socket: Path | None = Field(None, description="Unix socket that HTTP listens on as well")
    row_limit: int = Field(4096, ge=1, description="rows that one request may have")
    body_limit: int = Field(16 * 2**20, ge=1024, description="bytes that one request may have")
    runtime: Literal["tensorflow", "onnx"] = Field(
        "tensorflow", description="what computes the network: TensorFlow its SavedModel, or ONNX Runtime its ONNX file"
    )
    batch_sizes: tuple[int, ...] = Field(
        (1, 4, 16, 64, 256),
        min_length=1,
        description="row counts that TensorFlow compiles; a batch is padded to the next and has at most the largest",
    )
    queue_rows: int = Field(32768, ge=1, description="rows that may wait before requests are refused with 503")
    request_timeout: float = Field(30.0, gt=0, description="seconds until a request that still waits is answered 504")
    threads: int = Field(1, ge=1, description="threads that the network is computed with")
    xla: bool = Field(True, description="TensorFlow: compile with XLA; off: its own executor")
    follow_seconds: float = Field(1.0, gt=0, description="how often the `current` pointer is looked at")
    access_log: bool = Field(False, description="write a line for every HTTP request")
    leave_seconds: float = Field(
        0.0, ge=0, description="seconds that clients are asked to connect elsewhere, when the process ends"
    )
    grace_seconds: float = Field(30.0, ge=0, description="seconds that requests in progress get when the process ends")

    @field_validator("models", mode="before")
    @classmethod
    def _on_a_disk(cls, value: object) -> object:
        if is_object_store(str(value)):
            raise ValueError("expected a folder: the predictor loads from a disk, to which KServe downloads a version")
        return value
