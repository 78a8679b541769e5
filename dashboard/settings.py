"""Settings of the dashboard process: NEXTCLOSE_DASHBOARD_* variables, read once."""

from functools import cache
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME
from model.endpoint.program import read_settings

Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class DashboardSettings(BaseSettings):
    """Every setting of the dashboard."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_DASHBOARD_", frozen=True, extra="ignore")

    url: Address = Field("http://127.0.0.1:8080", description="where the service answers HTTP")
    public_url: Address | None = Field(
        None, description="the same as the users of the page reach it, for requests that they copy; none: `url`"
    )
    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    timeout: float = Field(10.0, gt=0, le=300, description="seconds to wait for an answer of the service")
    host: str = Field("127.0.0.1", description="address that the page is served at")
    port: Port = Field(8501, description="port that the page is served at")
    prometheus: Address | None = Field(
        None, description="a Prometheus to take latency and rate from; none: the service's own /metrics"
    )
    prometheus_selector: str = Field(
        "", description="labels that select this release there, as PromQL writes them between braces"
    )


@cache
def settings() -> DashboardSettings:
    """Those of this process."""
    return read_settings(DashboardSettings)
