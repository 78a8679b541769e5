"""A cleaned series of daily closes: the value that travels from the price store to training and serving."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Session:
    """A session of an exchange that is still to come at the time of download.

    Attributes:
        date: the session's date. close: when it ends, with time zone (UTC).
    """

    date: date
    close: datetime


@dataclass(frozen=True, slots=True, eq=False)
class PriceSeries:
    """Daily closes of one symbol, one per session, oldest first, without gaps that the calendar does not know.

    Attributes:
        symbol: as Yahoo Finance writes it, e.g. `PETR4.SA`.
        dates: datetime64[D] [n], strictly increasing.
        close: float64 [n], as traded that day, in price units.
        adjusted: float64 [n], adjusted for later splits and not for dividends: what the model reads.
        source: where the prices came from: `yahoo`, `alphavantage`, `csv` or `arch`.
        downloaded_at: when the source answered, or the file was written, with time zone (UTC).
        calendar: name of the exchange's calendar, e.g. `BVMF`.
        upcoming: sessions after the last date, soonest first, for about a year.
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
        """SHA-256 over symbol, dates and adjusted closes: equal digests train equal models."""
        content = hashlib.sha256(self.symbol.encode())
        content.update(self.dates.astype("<i8").tobytes())
        content.update(self.adjusted.astype("<f8").tobytes())
        return content.hexdigest()
