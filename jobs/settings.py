"""Settings of the command line: NEXTCLOSE_* variables, read once; options of a command come before them."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME


class JobsSettings(BaseSettings):
    """Every setting that more than one command has."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model")
    models: str = Field(
        "data/models", description="all models with their versions: a folder, or what fsspec knows (s3://...)"
    )
    store: str = Field("data", description="price store: a folder, or what fsspec knows (s3://...)")
    work: Path = Field(Path("data/work"), description="folder of what is trained and not exported yet")
    symbols: tuple[str, ...] = Field(("PETR4.SA",), min_length=1, description="symbols to collect and train on")
    seed: int = Field(7, ge=0, description="seed of initial weights and of the order of rows")
    source_deadline: float = Field(20.0, gt=0, description="seconds that a source on the network has for one symbol")
    alphavantage_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("alphavantage_api_key", "ALPHAVANTAGE_API_KEY"),
        description="key for Alpha Vantage",
    )
    csv_folder: Path | None = Field(
        None, description="folder with the user's own prices, one <symbol>.csv each, that come before any source"
    )


class ServiceSettings(BaseSettings):
    """Where a version is promoted to. Without `isvc_name` that is the local `current` pointer."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    isvc_name: str | None = Field(None, min_length=1, description="name of the InferenceService that is promoted to")
    namespace: str | None = Field(None, min_length=1, description="its namespace; by default the pod's own")
    storage_uri_prefix: str | None = Field(
        None, min_length=1, description="what storageUri has before the version, e.g. pvc://claim/models/nextclose"
    )
    service_url: str | None = Field(
        None, min_length=1, description="where the promoted version is asked; by default the Service inside the cluster"
    )
    rollout_deadline: float = Field(600.0, gt=0, description="seconds until all pods must serve a promoted version")
    verify_deadline: float = Field(60.0, gt=0, description="seconds until the golden request must be answered right")
    poll_seconds: float = Field(2.0, gt=0, description="how often Deployments and the Service are looked at")


class RefreshSettings(BaseSettings):
    """When a refresh trains, and where it tells what came of it."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_REFRESH_", frozen=True, extra="ignore")

    every_sessions: int = Field(5, ge=1, description="train when so many sessions came since the last training")
    max_age_days: float = Field(30.0, gt=0, description="train when the served version is older")
    drift_p: float = Field(
        0.01, ge=0, lt=1, description="train when closes fall outside the 90 % band this improbably often; 0: never"
    )
    training: Literal["train", "finetune"] = Field(
        "train", description="from the start, or on from the served version; drift always trains from the start"
    )
    keep: int = Field(5, ge=2, description="versions kept; the served one and the one before it always stay")
    metrics_file: Path | None = Field(None, description="Prometheus text file, replaced after every run")
    pushgateway: str | None = Field(None, description="address of a Prometheus push gateway")
