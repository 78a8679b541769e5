"""Settings of the predictor process: NEXTCLOSE_PREDICTOR_* variables, read once."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import SettingsConfigDict

from model.endpoint.server_settings import Port, ServerSettings
from model.storage.files import is_object_store


class PredictorSettings(ServerSettings):
    """Every setting of the predictor."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_PREDICTOR_")

    models: Path = Field(
        Path("data/models"),
        # Not its own name: as a choice it would be a variable too, `MODELS`.
        validation_alias=AliasChoices("NEXTCLOSE_PREDICTOR_MODELS", "NEXTCLOSE_MODELS"),
        description="a version folder (as mounted in a pod), or the folder of all models with their `current` pointers",
    )
    port: Port = Field(8090, description="HTTP port")
    grpc_port: Port = Field(8091, description="gRPC port")
    socket: Path | None = Field(None, description="Unix socket that HTTP listens on as well")
    row_limit: int = Field(4096, ge=1, description="rows that one request may have")
    runtime: Literal["tensorflow", "onnx"] = Field(
        "tensorflow", description="what computes the network: TensorFlow its SavedModel, or ONNX Runtime its ONNX file"
    )
    batch_sizes: tuple[int, ...] = Field(
        (1, 4, 16, 64, 128),
        min_length=1,
        description="row counts that TensorFlow compiles; a batch is padded to the next and has at most the largest",
    )
    queue_rows: int = Field(32768, ge=1, description="rows that may wait before requests are refused with 503")
    request_timeout: float = Field(30.0, gt=0, description="seconds until a request that still waits is answered 504")
    threads: int = Field(1, ge=1, description="threads that the network is computed with")
    xla: bool = Field(True, description="TensorFlow: compile with XLA; off: its own executor")
    follow_seconds: float = Field(1.0, gt=0, description="how often the `current` pointer is checked")

    @field_validator("models", mode="before")
    @classmethod
    def _on_a_disk(cls, value: object) -> object:
        if is_object_store(str(value)):
            raise ValueError("expected a folder: the predictor loads from a disk, to which KServe downloads a version")
        return value
