"""A table of the cost page: measurements by the size of the work."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """One table and its plot.

    Attributes:
        title: Title of the section.
        unit: Unit of the size.
        names: Names of the columns.
        points: Sizes, each with one value per column.
        note: A sentence below the table.
        relative: Whether values are shown as multiples of the first point's.
    """

    title: str
    unit: str
    names: Sequence[str]
    points: Sequence[tuple[str, Sequence[float]]]
    note: str = ""
    relative: bool = True

    def shown(self) -> list[tuple[str, list[float]]]:
        """The points as shown in the table."""
        if not self.relative:
            return [(size, list(values)) for size, values in self.points]
        first = self.points[0][1]
        return [
            (size, [value / base for value, base in zip(values, first, strict=True)]) for size, values in self.points
        ]
