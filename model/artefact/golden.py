"""Golden requests: windows with the forecasts computed at export, used to verify a served version."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from model.artefact.folder import Artefact
from model.artefact.manifest import GOLDEN


class Golden(BaseModel):
    """Content of `golden.json`, in price units.

    Attributes:
        close: Windows [n, 60].
        forecast: Forecasts [n].
        quantiles: Quantiles [n, 7].
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    close: list[list[float]]
    forecast: list[float]
    quantiles: list[list[float]]

    @classmethod
    def of(cls, artefact: Artefact) -> Self:
        """Read the golden requests of a version."""
        return cls.model_validate_json(artefact.read(GOLDEN))
