"""Settings of a load test: NEXTCLOSE_LOADTEST_* variables, read once by each of its processes."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME

Milliseconds = Annotated[float | None, Field(gt=0)]


class LoadtestSettings(BaseSettings):
    """Settings of a load test for which Locust has no option."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_LOADTEST_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    grpc: str | None = Field(
        None, description="gRPC address as host:port; by default the host of the HTTP address with port 8081"
    )
    batch_rows: int = Field(32, ge=1, description="windows per request of BatchUser")
    windows: int = Field(64, ge=1, description="number of distinct windows, sent in rotation")
    wait_seconds: float = Field(
        0.0, ge=0, description="seconds that a user waits between an answer and the next request"
    )
    timeout: float = Field(30.0, gt=0, description="timeout in seconds after which a request counts as failed")
    metrics_port: Annotated[int | None, Field(ge=1, le=65535)] = Field(
        None, description="port on which Prometheus metrics of the run are served; not served by default"
    )
    document: Path | None = Field(None, description="file for the results of the run, as JSON")
    failure_ratio: float = Field(0.0, ge=0, le=1, description="highest allowed share of failed requests")
    p50: Milliseconds = Field(None, description="highest allowed median latency, in ms")
    p95: Milliseconds = Field(None, description="highest allowed 95th percentile of the latency, in ms")
    p99: Milliseconds = Field(None, description="highest allowed 99th percentile of the latency, in ms")
    rps: Annotated[float | None, Field(gt=0)] = Field(
        None, description="lowest allowed request rate, in requests per second"
    )
