"""Settings of the dashboard, read once from NEXTCLOSE_DASHBOARD_* variables."""

from functools import cache
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME
from model.endpoint.program import read_settings

Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class DashboardSettings(BaseSettings):
    """All settings of the dashboard."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_DASHBOARD_", frozen=True, extra="ignore")

    url: Address = Field("http://127.0.0.1:8080", description="HTTP address of the service")
    public_url: Address | None = Field(
        None, description="address of the service in requests that users copy; default: the same as `url`"
    )
    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    timeout: float = Field(10.0, gt=0, le=300, description="seconds to wait for an answer of the service")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8501, description="port to listen on")
    prometheus: Address | None = Field(
        None, description="address of a Prometheus for request rate and latency; default: the service's own /metrics"
    )
    prometheus_selector: str = Field(
        "", description='PromQL label matchers that select this release in Prometheus, such as namespace="forecasts"'
    )


@cache
def settings() -> DashboardSettings:
    """Return the settings of this process."""
    return read_settings(DashboardSettings)
