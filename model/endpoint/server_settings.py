"""Settings that predictor and transformer share: addresses, limits and deadlines of a server."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME

Port = Annotated[int, Field(ge=1, le=65535)]


class ServerSettings(BaseSettings):
    """Settings of a server process, read once from the environment."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    model_name: str = Field(MODEL_NAME, description="name of the model in URLs and requests")
    host: str = Field("127.0.0.1", description="address that HTTP and gRPC listen on")
    body_limit: int = Field(16 * 2**20, ge=1024, description="bytes of one request body or gRPC message")
    body_budget: int = Field(
        32 * 2**20, ge=1024, description="bytes of all large request bodies in memory; further requests get 503"
    )
    in_flight_limit: int = Field(384, ge=1, description="inference requests in progress; further requests get 503")
    connection_limit: int = Field(4096, ge=1, description="open HTTP connections; further connections are closed")
    header_timeout: float = Field(10.0, gt=0, description="seconds in which the headers of a request must arrive")
    body_timeout: float = Field(30.0, gt=0, description="seconds in which the body of a request must arrive")
    access_log: bool = Field(False, description="log every HTTP request")
    leave_seconds: float = Field(
        0.0,
        ge=0,
        description="seconds of connection draining after SIGTERM, with `Connection: close` in all responses",
    )
    grace_seconds: float = Field(
        30.0, ge=0, description="seconds for requests in progress to finish when the process stops"
    )
