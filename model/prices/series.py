"""A cleaned series of daily closes, as stored in the price store and used by training and serving."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray


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
class PriceSeries:
    """Daily closes of one symbol, one per session, oldest first.

    Sessions without a close are absent; the quality report lists them.

    Attributes:
        symbol: Symbol in Yahoo Finance's notation, e.g. `PETR4.SA`.
        dates: Datetime64[D] [n], strictly increasing.
        close: Float64 [n], as traded that day, in price units.
        adjusted: Float64 [n], adjusted for later splits but not for dividends. The model reads these.
        source: Source of the prices: `yahoo`, `alphavantage`, `csv` or `arch`.
        downloaded_at: Time when the source answered or the file was written (UTC).
        calendar: Name of the exchange calendar, e.g. `BVMF`.
        upcoming: Sessions after the last date, soonest first, for about a year.
    """

    symbol: str
    dates: NDArray[np.datetime64]
    close: NDArray[np.float64]
    adjusted: NDArray[np.float64]
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

    @property
    def digest(self) -> str:
        """SHA-256 over symbol, dates and adjusted closes. Equal digests lead to equal trained models."""
        content = hashlib.sha256(self.symbol.encode())
        content.update(self.dates.astype("<i8").tobytes())
        content.update(self.adjusted.astype("<f8").tobytes())
        return content.hexdigest()
