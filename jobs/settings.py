"""Settings of the command line: NEXTCLOSE_* variables. Options of a command override them."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME


class JobsSettings(BaseSettings):
    """Settings that several commands share."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model")
    models: str = Field("data/models", description="models with their versions: a folder or an fsspec URL (s3://...)")
    store: str = Field("data", description="price store: a folder or an fsspec URL (s3://...)")
    work: Path = Field(Path("data/work"), description="folder for candidates, which are trained but not exported yet")
    symbols: tuple[str, ...] = Field(("PETR4.SA",), min_length=1, description="symbols to collect and train on")
    seed: int = Field(7, ge=0, description="random seed of the initial weights and the order of rows")
    source_deadline: float = Field(20.0, gt=0, description="timeout in seconds for one symbol from a network source")
    alphavantage_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("alphavantage_api_key", "ALPHAVANTAGE_API_KEY"),
        description="API key for Alpha Vantage",
    )
    csv_folder: Path | None = Field(
        None, description="folder with your own prices, one <symbol>.csv per symbol; used before any other source"
    )


class ServiceSettings(BaseSettings):
    """Promotion target: an InferenceService, or without `isvc_name` the local `current` pointer."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    isvc_name: str | None = Field(None, min_length=1, description="name of the InferenceService to promote to")
    namespace: str | None = Field(None, min_length=1, description="its namespace; by default the namespace of the pod")
    storage_uri_prefix: str | None = Field(
        None, min_length=1, description="part of storageUri before the version, e.g. pvc://claim/models/nextclose"
    )
    service_url: str | None = Field(
        None, min_length=1, description="URL for the golden request; by default the Service inside the cluster"
    )
    rollout_deadline: float = Field(
        600.0, gt=0, description="timeout in seconds until all pods serve a promoted version"
    )
    verify_deadline: float = Field(
        60.0, gt=0, description="timeout in seconds until the golden request is answered correctly"
    )
    poll_seconds: float = Field(2.0, gt=0, description="seconds between checks of the Deployments and the Service")


class RefreshSettings(BaseSettings):
    """When a refresh trains, and where it writes its metrics."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_REFRESH_", frozen=True, extra="ignore")

    every_sessions: int = Field(5, ge=1, description="train after this many new sessions since the last training")
    max_age_days: float = Field(30.0, gt=0, description="train if the served version is older than this")
    drift_p: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="train if the closes outside the 90 % interval are less probable than this; 0: never",
    )
    training: Literal["train", "finetune"] = Field(
        "train", description="train from scratch or fine-tune the served version; drift always trains from scratch"
    )
    keep: int = Field(
        5, ge=2, description="number of versions to keep; the served and the previous one are always kept"
    )
    metrics_file: Path | None = Field(None, description="Prometheus text file, replaced after every run")
    pushgateway: str | None = Field(None, description="URL of a Prometheus Pushgateway")
