"""The data set: rows made from price series, each a window with its features, target, symbol and target date."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from model.contract import features
from model.contract.arrays import f4, f8
from model.contract.errors import NotEnoughDataError, TrainingError
from model.contract.window import WINDOW, sliding_windows
from model.prices.series import PriceSeries


@dataclass(frozen=True, slots=True, eq=False)
class TrainingWindows:
    """Rows of one or several symbols, sorted by symbol and then by date. All arrays have n rows.

    Attributes:
        symbols: Names of the symbols, in the order of the series.
        symbol: intp [n], position in `symbols`.
        target_date: datetime64[D] [n], the session after the window.
        closes: float64 [n, 60], split-adjusted, in price units.
        following: float64 [n], the close of `target_date`, in price units.
        sigma: float64 [n], recent volatility per day.
        features: float32 [n, 59, 3], not scaled.
        target: float64 [n], ln(following / last close) / sigma, clipped to +-12.
    """

    symbols: tuple[str, ...]
    symbol: NDArray[np.intp]
    target_date: NDArray[np.datetime64]
    closes: f8
    following: f8
    sigma: f8
    features: f4
    target: f8

    def __len__(self) -> int:
        return len(self.target)

    @property
    def last(self) -> f8:
        """The last close of each window, float64 [n], in price units: the naive forecast."""
        return self.closes[:, -1]

    def select(self, rows: NDArray[np.bool_]) -> "TrainingWindows":
        """The rows where a bool [n] is true."""
        arrays = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "symbols"}
        return TrainingWindows(symbols=self.symbols, **arrays)


def windows_of(series: Sequence[PriceSeries]) -> TrainingWindows:
    """All windows of all series that are followed by another close.

    Raises:
        TrainingError: There are no series, a symbol is repeated, or a close is not finite and above zero.
        NotEnoughDataError: A series has no window that is followed by another close.
    """
    if not series:
        raise TrainingError("series: expected prices of at least one symbol, got none")
    symbols = tuple(one.symbol for one in series)
    if len(set(symbols)) < len(symbols):
        raise TrainingError(f"series: expected each symbol once, got {', '.join(symbols)}")
    for one in series:
        _check(one)
    closes = np.concatenate([sliding_windows(one.adjusted)[:-1] for one in series])
    following = np.concatenate([one.adjusted[WINDOW:] for one in series])
    unscaled, sigma = features.window_features(closes)
    return TrainingWindows(
        symbols=symbols,
        symbol=np.repeat(np.arange(len(series)), [len(one) - WINDOW for one in series]),
        target_date=np.concatenate([one.dates[WINDOW:] for one in series]),
        closes=closes,
        following=following,
        sigma=sigma,
        features=unscaled,
        target=features.targets(closes[:, -1], sigma, following),
    )


def _check(series: PriceSeries) -> None:
    if len(series) <= WINDOW:
        raise NotEnoughDataError(f"{series.symbol}: expected at least {WINDOW + 1} sessions, got {len(series)}")
    bad = np.flatnonzero(~(np.isfinite(series.adjusted) & (series.adjusted > 0)))
    if len(bad):
        first = int(bad[0])
        raise TrainingError(
            f"{series.symbol}, {series.dates[first]}: expected a finite close above zero, got {series.adjusted[first]}"
        )
