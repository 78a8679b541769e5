"""A table of the cost page: measurements by the size of the work."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """One table and its plot.

    Attributes:
        title: of the section. unit: of the size. names: columns.
        points: a size, and a value for each column.
        note: a sentence below. relative: show values as multiples of those of the first point.
    """

    title: str
    unit: str
    names: Sequence[str]
    points: Sequence[tuple[str, Sequence[float]]]
    note: str = ""
    relative: bool = True

    def shown(self) -> list[tuple[str, list[float]]]:
        """Points as in the table."""
        if not self.relative:
            return [(grown, list(values)) for grown, values in self.points]
        first = self.points[0][1]
        return [
            (grown, [value / base for value, base in zip(values, first, strict=True)]) for grown, values in self.points
        ]
