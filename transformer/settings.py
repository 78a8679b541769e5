"""Settings of the transformer process: NEXTCLOSE_* variables, read once."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from model.endpoint.server_settings import Port, ServerSettings


class TransformerSettings(ServerSettings):
    """Settings of the transformer process."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_")

    models: str = Field(
        "data/models",
        description="a version folder (as mounted in a pod), or the registry: the folder of all models and their "
        "`current` pointers, on a disk or in an object store (s3://...)",
    )
    store: str = Field("data", description="address of the price store: a folder or an fsspec URL (s3://...)")
    port: Port = Field(8080, description="HTTP port")
    grpc_port: Port = Field(8081, description="gRPC port")
    predictor_url: str = Field("http://127.0.0.1:8090", description="URL of the predictor")
    predictor_socket: Path | None = Field(None, description="Unix socket of the predictor; replaces the URL")
    predictor_rows: int = Field(128, ge=1, description="rows in one call of the predictor; larger requests are split")
    batch_rows: int = Field(
        128, ge=1, description="rows of concurrent requests that are sent to the predictor as one batch"
    )
    predictor_calls: int = Field(2, ge=1, description="concurrent batches; further requests wait for the next one")
    predictor_connections: int = Field(64, ge=1, description="largest number of connections to the predictor")
    predictor_retries: int = Field(
        1, ge=0, description="retries of a call whose connection failed or was lost, before 503"
    )
    row_limit: int = Field(65536, ge=1, description="largest number of rows in one request")
    request_timeout: float = Field(10.0, gt=0, description="seconds until a request is answered with 504")
    follow_seconds: float = Field(
        1.0, gt=0, description="seconds between checks of the `current` pointer and the price store"
    )
    remote_seconds: float = Field(5.0, gt=0, description="seconds between these checks in an object store")
    watch_seconds: float = Field(
        15.0, gt=0, description="seconds between updates of the metrics about stored symbols and the jobs' state"
    )
