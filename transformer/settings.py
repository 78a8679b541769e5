"""Settings of the transformer process: NEXTCLOSE_* variables, read once."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME

Port = Annotated[int, Field(ge=1, le=65535)]


class TransformerSettings(BaseSettings):
    """Every setting of the transformer."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    models: str = Field(
        "data/models",
        description="a version folder (as mounted in a pod), or the folder of all models with `current` pointers, "
        "which may lie in an object store (s3://...)",
    )
    store: str = Field("data", description="address of the price store: a folder, or what fsspec knows (s3://...)")
    host: str = Field("127.0.0.1", description="address that HTTP and gRPC listen on")
    port: Port = Field(8080, description="HTTP port")
    grpc_port: Port = Field(8081, description="gRPC port")
    predictor_url: str = Field("http://127.0.0.1:8090", description="where the predictor answers")
    predictor_socket: Path | None = Field(None, description="the predictor's Unix socket; used instead of the network")
    predictor_rows: int = Field(4096, ge=1, description="rows sent to the predictor at once; more are split")
    batch_rows: int = Field(256, ge=1, description="rows of waiting requests that go to the predictor together")
    predictor_calls: int = Field(2, ge=1, description="such calls at once; what comes meanwhile waits for one to end")
    predictor_connections: int = Field(64, ge=1, description="connections kept to the predictor")
    predictor_retries: int = Field(
        1, ge=0, description="calls repeated, where they could not be made or were cut off, before 503"
    )
    body_limit: int = Field(16 * 2**20, ge=1024, description="bytes that one request may have")
    row_limit: int = Field(65536, ge=1, description="rows that one request may have; they are computed in parts")
    in_flight_limit: int = Field(192, ge=1, description="requests answered at once; more are refused with 503")
    request_timeout: float = Field(10.0, gt=0, description="seconds until a request is answered 504")
    follow_seconds: float = Field(1.0, gt=0, description="how often pointer and price store are looked at")
    remote_seconds: float = Field(5.0, gt=0, description="the same, where these lie in an object store")
    watch_seconds: float = Field(15.0, gt=0, description="how often all stored symbols are looked at for metrics")
    access_log: bool = Field(False, description="write a line for every HTTP request")
    leave_seconds: float = Field(
        0.0, ge=0, description="seconds that clients are asked to connect elsewhere, when the process ends"
    )
    grace_seconds: float = Field(30.0, ge=0, description="seconds that requests in progress get when the process ends")
