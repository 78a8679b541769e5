"""Golden requests: a few windows with the answers computed at export, asked again wherever the version is served."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from model.artefact.folder import Artefact
from model.artefact.manifest import GOLDEN


class Golden(BaseModel):
    """`golden.json`: closes [n, 60] with forecasts [n] and quantiles [n, 7], in price units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    close: list[list[float]]
    forecast: list[float]
    quantiles: list[list[float]]

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        """Reads those of a version."""
        return cls.model_validate_json(artefact.read(GOLDEN))
