"""Protocol of price sources and the raw prices that they return."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from model.prices.stock_splits import StockSplit

# Called with the number of completed steps, the total (0: unknown) and a label of the current step.
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, label: str) -> None:
    """Progress callback that does nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class RawPrices:
    """Daily bars as returned by a source, not cleaned.

    Attributes:
        symbol: The requested symbol.
        source: Name of the source.
        frame: Columns `date` (datetime64[ns], the day at the exchange) and `close` (float64, in price units), and
            `open`, `high`, `low` and `volume` if the source has them (float64, NaN: unknown). The index is the row
            number in the source, for messages.
        downloaded_at: Time when the source answered (UTC).
        splits: Splits reported by the source, oldest first; None if the source does not report splits.
        split_adjusted: Whether the prices are already adjusted for `splits`.
        recent_only: Whether the source omitted older prices.
        older_from: Source of the older closes if they were taken from an earlier download.
    """

    symbol: str
    source: str
    frame: pd.DataFrame
    downloaded_at: datetime
    splits: tuple[StockSplit, ...] | None = None
    split_adjusted: bool = False
    recent_only: bool = False
    older_from: str | None = None


class Source(Protocol):
    """A source of prices."""

    @property
    def name(self) -> str:
        """Name of the source in `--source` and in the metadata."""

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = no_progress) -> RawPrices:
        """Fetch all daily bars of a symbol.

        Args:
            symbol: Symbol in Yahoo Finance's notation.
            now: Current time, with time zone; the download time unless the source has its own.
            progress: Called at the beginning and at the end.

        Raises:
            SourceUnavailableError: The source could not be reached in time, or temporarily refused the request.
            NoSuchSymbolError: The source does not have this symbol.
            DataQualityError: The answer is not a table of prices.
        """
