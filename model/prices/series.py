"""A cleaned series of daily prices, as stored in the price store and used by training and serving."""

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.contract.arrays import f8


@dataclass(frozen=True, slots=True)
class Session:
    """A session of an exchange after the time of download.

    Attributes:
        date: Date of the session.
        close: Time when the session ends (UTC).
    """

    date: date
    close: datetime


@dataclass(frozen=True, slots=True, eq=False)
class DailyBars:
    """The prices of each session besides its close, and its volume. NaN: unknown.

    Attributes:
        open: Float64 [n], adjusted like `PriceSeries.adjusted`, in price units.
        high: Float64 [n], as `open`; at least open and adjusted close.
        low: Float64 [n], as `open`; at most open and adjusted close. Known if and only if open and high are.
        volume: Float64 [n], number of shares, adjusted for later splits.
    """

    open: f8
    high: f8
    low: f8
    volume: f8

    @classmethod
    def unknown(cls, sessions: int) -> Self:
        """Bars of a source that has closes only."""
        return cls(*(np.full(sessions, np.nan) for _ in fields(cls)))

    def columns(self) -> dict[str, f8]:
        """The arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, eq=False)
class PriceSeries:
    """Daily prices of one symbol, one row per session, oldest first.

    Sessions without a close are absent; the quality report lists them.

    Attributes:
        symbol: Symbol in Yahoo Finance's notation, e.g. `PETR4.SA`.
        dates: Datetime64[D] [n], strictly increasing.
        close: Float64 [n], as traded that day, in price units.
        adjusted: Float64 [n], closes adjusted for later splits but not for dividends. The model reads these.
        bars: Open, high, low and volume.
        source: Source of the prices: `yahoo`, `alphavantage`, `csv` or `arch`.
        downloaded_at: Time when the source answered or the file was written (UTC).
        calendar: Name of the exchange calendar, e.g. `BVMF`.
        upcoming: Sessions after the last date, soonest first, for about a year.
    """

    symbol: str
    dates: NDArray[np.datetime64]
    close: f8
    adjusted: f8
    bars: DailyBars
    source: str
    downloaded_at: datetime
    calendar: str
    upcoming: tuple[Session, ...]

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def first(self) -> date:
        """Date of the first close."""
        return self.dates[0].astype(object)  # type: ignore[no-any-return]

    @property
    def last(self) -> date:
        """Date of the last close."""
        return self.dates[-1].astype(object)  # type: ignore[no-any-return]

    def select(self, rows: slice | NDArray[np.bool_]) -> "PriceSeries":
        """The series of some of its sessions."""
        bars = DailyBars(*(values[rows] for values in self.bars.columns().values()))
        return replace(self, dates=self.dates[rows], close=self.close[rows], adjusted=self.adjusted[rows], bars=bars)

    @property
    def digest(self) -> str:
        """SHA-256 over symbol, dates and adjusted prices. Equal digests lead to equal trained models."""
        content = hashlib.sha256(self.symbol.encode())
        content.update(self.dates.astype("<i8").tobytes())
        for prices in (self.adjusted, self.bars.open, self.bars.high, self.bars.low):
            content.update(prices.astype("<f8").tobytes())
        return content.hexdigest()


def consistent_bars(adjusted: f8, bars: DailyBars) -> NDArray[np.bool_]:
    """Whether open, high and low of each session are known, positive and finite, and agree with its close: bool [n]."""
    with np.errstate(invalid="ignore"):  # comparisons with NaN
        inside = (bars.low <= np.minimum(bars.open, adjusted)) & (np.maximum(bars.open, adjusted) <= bars.high)
        return inside & (bars.low > 0) & (bars.high < np.inf)
