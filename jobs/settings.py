"""Settings of the command line: NEXTCLOSE_* variables, read once; options of a command come before them."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract.names import MODEL_NAME


class JobsSettings(BaseSettings):
    """Every setting that more than one command has."""

    model_config = SettingsConfigDict(env_prefix="NEXTCLOSE_", frozen=True, extra="ignore")

    model_name: str = Field(MODEL_NAME, description="name of the model")
    models: Path = Field(Path("data/models"), description="folder of all models, with their versions")
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
