"""Settings of the transformer process: NEXTCLOSE_* variables, read once."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from model.endpoint.server_settings import Port, ServerSettings


class TransformerSettings(ServerSettings):
    """Every setting of the transformer."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_")

    models: str = Field(
        "data/models",
        description="a version folder (as mounted in a pod), or the folder of all models with `current` pointers, "
        "which may lie in an object store (s3://...)",
    )
    store: str = Field("data", description="address of the price store: a folder, or what fsspec knows (s3://...)")
    port: Port = Field(8080, description="HTTP port")
    grpc_port: Port = Field(8081, description="gRPC port")
    predictor_url: str = Field("http://127.0.0.1:8090", description="where the predictor answers")
    predictor_socket: Path | None = Field(None, description="the predictor's Unix socket; used instead of the network")
    predictor_rows: int = Field(128, ge=1, description="rows of one call of the predictor; larger requests are split")
    batch_rows: int = Field(128, ge=1, description="rows of waiting requests that go to the predictor together")
    predictor_calls: int = Field(2, ge=1, description="such calls at once; requests that arrive meanwhile wait")
    predictor_connections: int = Field(64, ge=1, description="connections kept to the predictor")
    predictor_retries: int = Field(
        1, ge=0, description="retries of a call that could not connect or was cut off, before 503"
    )
    row_limit: int = Field(65536, ge=1, description="rows that one request may have; they are computed in parts")
    request_timeout: float = Field(10.0, gt=0, description="seconds until a request is answered 504")
    follow_seconds: float = Field(1.0, gt=0, description="how often pointer and price store are checked")
    remote_seconds: float = Field(5.0, gt=0, description="the same, if they are in an object store")
    watch_seconds: float = Field(15.0, gt=0, description="how often all stored symbols are checked for metrics")
