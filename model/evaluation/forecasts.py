"""Forecasts of next closes together with the actual closes: the input of all measures, tests and charts."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import Dates, f8
from model.contract.errors import TrainingError
from model.contract.levels import LEVELS, MEDIAN


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Forecasts and actual closes, one row per forecast point: a symbol at a target session.

    Attributes:
        symbol: str [n].
        date: datetime64[D] [n], the target session T+1.
        last: float64 [n], the last known close C_T, in price units.
        actual: float64 [n], the actual close C_{T+1}, in price units.
        quantiles: float64 [n, 7], forecast of C_{T+1} at `levels.LEVELS`, in price units, never crossing.
    """

    symbol: NDArray[np.str_]
    date: Dates
    last: f8
    actual: f8
    quantiles: f8

    def __post_init__(self) -> None:
        """Validate the arrays.

        Raises:
            TrainingError: Lengths differ, a price is not finite and positive, quantiles cross, or a point is repeated.
        """
        n = len(self.symbol)
        for name, expected in (("date", (n,)), ("last", (n,)), ("actual", (n,)), ("quantiles", (n, len(LEVELS)))):
            shape = getattr(self, name).shape
            if shape != expected:
                raise TrainingError(f"forecasts, field '{name}': expected shape {expected}, got {shape}")
        for name in ("last", "actual", "quantiles"):
            values = getattr(self, name)
            if not ((values > 0) & (values < np.inf)).all():
                raise TrainingError(f"forecasts, field '{name}': expected finite prices above zero")
        if (np.diff(self.quantiles, axis=1) < 0).any():
            raise TrainingError("forecasts, field 'quantiles': expected values that do not decrease with the level")
        order = self._order()
        same = (self.symbol[order][1:] == self.symbol[order][:-1]) & (self.date[order][1:] == self.date[order][:-1])
        if same.any():
            i = order[int(np.argmax(same))]
            raise TrainingError(f"forecasts: expected each point once, got {self.symbol[i]} at {self.date[i]} twice")

    def __len__(self) -> int:
        return len(self.symbol)

    @property
    def point(self) -> f8:
        """The point forecast: the median, float64 [n], in price units."""
        return self.quantiles[:, MEDIAN]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in alphabetical order."""
        return tuple(str(symbol) for symbol in np.unique(self.symbol))

    @property
    def dates(self) -> Dates:
        """Distinct target sessions of all symbols, oldest first: datetime64[D] [d]."""
        return np.unique(self.date)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Forecasts":
        """The points selected by a mask or by positions."""
        return Forecasts(*(getattr(self, field.name)[rows] for field in fields(self)))

    def of_symbol(self, symbol: str) -> "Forecasts":
        """The points of one symbol; empty for an unknown symbol."""
        return self.take(self.symbol == symbol)

    def between(self, first: np.datetime64, last: np.datetime64) -> "Forecasts":
        """The points whose target session is in a range, both ends included."""
        return self.take((self.date >= first) & (self.date <= last))

    def ordered(self) -> "Forecasts":
        """The same points, sorted by symbol and then by date."""
        return self.take(self._order())

    def _order(self) -> NDArray[np.intp]:
        return np.lexsort((self.date, self.symbol))


def concatenate(parts: list[Forecasts]) -> Forecasts:
    """Join forecasts of several symbols or ranges.

    Raises:
        TrainingError: `parts` is empty, or a point is in two of them.
    """
    if not parts:
        raise TrainingError("forecasts: expected at least one part to concatenate, got none")
    return Forecasts(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Forecasts)))


def same_points(a: Forecasts, b: Forecasts) -> bool:
    """Whether both forecast exactly the same symbols at the same target sessions, in any order."""
    x, y = a.ordered(), b.ordered()
    return len(x) == len(y) and bool(np.all(x.symbol == y.symbol) and np.all(x.date == y.date))


def align(a: Forecasts, b: Forecasts) -> tuple[Forecasts, Forecasts]:
    """Restrict both to the points that they share, in the same order (symbol, then date).

    Raises:
        TrainingError: They share no point, or have different closes for a point: their prices differ.
    """
    keys = [
        np.rec.fromarrays([part.symbol.astype(np.str_), part.date.astype("datetime64[D]").astype(np.int64)])
        for part in (a, b)
    ]
    _, rows_a, rows_b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    if not len(rows_a):
        raise TrainingError("forecasts: expected points that both have in common, got none")
    x, y = a.take(rows_a).ordered(), b.take(rows_b).ordered()
    for name in ("last", "actual"):
        different = ~np.isclose(getattr(x, name), getattr(y, name), rtol=1e-9, atol=0.0)
        if different.any():
            i = int(np.argmax(different))
            raise TrainingError(
                f"forecasts, field '{name}': expected the same closes in both, got {getattr(x, name)[i]:.10g} "
                f"and {getattr(y, name)[i]:.10g} for {x.symbol[i]} at {x.date[i]}"
            )
    return x, y
