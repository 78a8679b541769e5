"""What every source of prices gives, and how it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from model.prices.splits import Split

# Called with steps done, steps in all (0: not known) and what is being done.
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, label: str) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True, eq=False)
class RawPrices:
    """Daily bars as a source gave them, not cleaned.

    Attributes:
        symbol: as it was asked for. source: name of the source.
        frame: columns `date` (datetime64[ns], the day at the exchange) and `close` (float64), and those of `open`,
            `high`, `low`, `volume` (float64, NaN where unknown) that the source has; in price units. The index is the
            row's number in the source, so that a message can name it.
        downloaded_at: when the source answered, with time zone (UTC).
        splits: those the source knows, oldest first; None when it tells nothing of splits.
        split_adjusted: whether the prices are already adjusted for `splits`.
        recent_only: whether the source has older prices that it did not give.
        older_from: the source of the older closes, where they were taken from a former download.
    """

    symbol: str
    source: str
    frame: pd.DataFrame
    downloaded_at: datetime
    splits: tuple[Split, ...] | None = None
    split_adjusted: bool = False
    recent_only: bool = False
    older_from: str | None = None


class Source(Protocol):
    """One source of prices."""

    @property
    def name(self) -> str:
        """As `--source` and the metadata have it."""

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = silent) -> RawPrices:
        """Every daily bar that the source has of a symbol.

        Args:
            symbol: as Yahoo Finance writes it.
            now: with time zone; it becomes the time of download where the source has none of its own.
            progress: called at the beginning and at the end.

        Raises:
            SourceUnavailableError: it could not be reached in time, or refused for now.
            NoSuchSymbolError: it was reached and knows no such symbol.
            DataQualityError: its answer is no table of prices.
        """
