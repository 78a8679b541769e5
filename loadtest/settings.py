"""Settings of a load test: NEXTCLOSE_LOADTEST_* variables, read once by every process of it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME

Milliseconds = Annotated[float | None, Field(gt=0)]


class LoadtestSettings(BaseSettings):
    """Every setting of a load test that Locust has no option for."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_LOADTEST_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    grpc: str | None = Field(None, description="host:port of gRPC; by default the host of HTTP with port 8081")
    batch_rows: int = Field(32, ge=1, description="windows in a request of BatchUser")
    windows: int = Field(64, ge=1, description="different windows that are sent in turn")
    wait_seconds: float = Field(0.0, ge=0, description="what a user waits between an answer and the next request")
    timeout: float = Field(30.0, gt=0, description="seconds until a request counts as failed")
    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = Field(
        None, description="where the run's metrics are served for Prometheus; none: nowhere"
    )
    document: Path | None = Field(None, description="file for what came of the run, as JSON")
    failure_ratio: float = Field(0.0, ge=0, le=1, description="failed requests that are let pass, as a share of all")
    p50: Milliseconds = Field(None, description="median latency that must be kept, in ms")
    p95: Milliseconds = Field(None, description="95 % quantile of it, in ms")
    p99: Milliseconds = Field(None, description="99 % quantile of it, in ms")
    rps: Annotated[float | None, Field(gt=0)] = Field(None, description="requests a second that must be reached")
