"""The colour-blind safe palette of Okabe and Ito. Lines differ in dash pattern, too.

M. Okabe, K. Ito: Color Universal Design (2008).
"""

from dataclasses import dataclass
from typing import Final

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
ORANGE: Final = "#E69F00"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, each with enough contrast to its background."""

    ink: str
    muted: str
    model: str
    naive: str
    third: str

    def band(self, opacity: float) -> str:
        """Return the colour of the model with an opacity between 0 and 1, as CSS."""
        red, green, blue = (int(self.model[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity:g})"


LIGHT: Final = Palette(ink="#31333F", muted="#6B6E79", model=BLUE, naive=VERMILLION, third=GREEN)
DARK: Final = Palette(ink="#FAFAFA", muted="#A9ABB3", model=SKY, naive=ORANGE, third=GREEN)
