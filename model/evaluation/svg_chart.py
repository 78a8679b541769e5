"""matplotlib figures as SVG with the page's colours, so that they suit light mode, dark mode and print.

Figures are drawn in placeholder colours, which are then replaced by CSS variables that the page defines. Text is kept
as text.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

# Placeholder colours. matplotlib itself writes none of them.
MODEL: Final = "#010203"
REFERENCE: Final = "#010204"
THIRD: Final = "#010205"
INK: Final = "#010206"
MUTED: Final = "#010207"
GRID: Final = "#010208"
PAPER: Final = "#010209"
_VARIABLES: Final = {
    MODEL: "--model",
    REFERENCE: "--reference",
    THIRD: "--third",
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    PAPER: "--paper",
}

NARROW: Final = (4.2, 2.9)  # inches; 403 px, still readable on a screen of 360 px
WIDE: Final = (8.6, 3.2)

_STYLE: Final[dict[RcKeyType, Any]] = {
    "svg.fonttype": "none",
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "legend.fontsize": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "date.converter": "concise",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the report: an SVG element with its text alternative and caption.

    Attributes:
        title: Heading of the figure.
        svg: The `<svg>` element.
        alt: Text alternative, with the most important numbers.
        caption: How to read the chart.
        wide_svg: The same chart for wide screens and print; None if `svg` is used there too.
    """

    title: str
    svg: str
    alt: str
    caption: str
    wide_svg: str | None = None


def draw(name: str, size: tuple[float, float], paint: Callable[[Axes], None]) -> str:
    """Draw one pair of axes as an SVG element that fills the width of its container.

    Args:
        name: Unique on the page; the prefix of all ids within the element.
        size: Width and height in inches.
        paint: Draws into the axes, in the placeholder colours.

    Returns:
        The `<svg>` element, without width and height. The same drawing gives the same text.
    """
    buffer = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        paint(axes)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.strip()
