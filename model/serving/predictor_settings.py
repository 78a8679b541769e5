"""Settings of the predictor process: NEXTCLOSE_PREDICTOR_* variables, read once."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import SettingsConfigDict

from model.endpoint.server_settings import Port, ServerSettings
from model.storage.files import is_object_store


class PredictorSettings(ServerSettings):
    """Settings of the predictor process."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_PREDICTOR_")

    models: Path = Field(
        Path("data/models"),
        # Without the name of the field: it would be read from a variable `MODELS`.
        validation_alias=AliasChoices("NEXTCLOSE_PREDICTOR_MODELS", "NEXTCLOSE_MODELS"),
        description="a version folder (as mounted in a pod), or the registry: the folder of all models and their "
        "`current` pointers",
    )
    port: Port = Field(8090, description="HTTP port")
    grpc_port: Port = Field(8091, description="gRPC port")
    socket: Path | None = Field(None, description="Unix socket that HTTP listens on in addition to the port")
    row_limit: int = Field(4096, ge=1, description="largest number of rows in one request")
    runtime: Literal["tensorflow", "onnx"] = Field(
        "tensorflow", description="runtime of the network: TensorFlow (SavedModel) or ONNX Runtime (ONNX file)"
    )
    batch_sizes: tuple[int, ...] = Field(
        (1, 4, 16, 64, 128),
        min_length=1,
        description="batch sizes that TensorFlow compiles; smaller batches are padded, the largest limits a batch",
    )
    queue_rows: int = Field(32768, ge=1, description="rows that may wait; further requests are refused with 503")
    request_timeout: float = Field(30.0, gt=0, description="seconds until a waiting request is answered with 504")
    threads: int = Field(1, ge=1, description="threads that compute the network")
    xla: bool = Field(True, description="compile with XLA (TensorFlow only)")
    follow_seconds: float = Field(1.0, gt=0, description="seconds between checks of the `current` pointer")

    @field_validator("models", mode="before")
    @classmethod
    def _check_folder(cls, value: object) -> object:
        if is_object_store(str(value)):
            raise ValueError(
                "expected a local folder; in a cluster, KServe downloads the version from the object store"
            )
        return value
