"""What the report says beside the measures: where the prices came from, how the model was made and trained."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from model.evaluation.gate import Decision
from model.prices.series import PriceSeries


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """Where one symbol's prices came from.

    Attributes:
        symbol: as Yahoo Finance writes it.
        source: where the prices came from, e.g. `yahoo`.
        downloaded_at: when, with time zone.
        first: date of the first close.
        last: date of the last close.
        sessions: number of closes.
        quality: findings of the quality report, a sentence each; none when there is nothing to say.
    """

    symbol: str
    source: str
    downloaded_at: datetime
    first: date
    last: date
    sessions: int
    quality: tuple[str, ...] = ()

    @classmethod
    def of(cls, series: PriceSeries, quality: tuple[str, ...] = ()) -> Self:
        """The facts of a series."""
        return cls(series.symbol, series.source, series.downloaded_at, series.first, series.last, len(series), quality)


@dataclass(frozen=True, slots=True)
class Range:
    """A part of the data: what it is for, its first and last target session."""

    purpose: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Learning:
    """The course of training.

    Attributes:
        train: mean pinball loss on the training range after each epoch, in sigma.
        validation: the same on the validation range.
        initial: validation loss before the first epoch: of naive + EWMA quantiles, or of the weights that were tuned.
    """

    train: tuple[float, ...]
    validation: tuple[float, ...]
    initial: float

    @property
    def best_epoch(self) -> int:
        """Epoch with the lowest validation loss, from 1; 0 when none was better than the start."""
        losses = (self.initial, *self.validation)
        return losses.index(min(losses))


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything on the page that was not measured.

    Attributes:
        model: its name, e.g. `nextclose`.
        version: name of the version folder; None while it has none.
        recipe: how it was made, in words, e.g. `LSTM(16), pooled over 2 symbols`.
        shrink: lambda of the forecast design: 1, or 0 when the point forecast was put on the last close.
        created: when the report was made, with time zone.
        symbols: where the prices came from.
        ranges: parts of the data, oldest first.
        gate: the gate's decision; None when the model was not at the gate.
        notes: further sentences.
    """

    model: str
    version: str | None
    recipe: str
    shrink: float
    created: datetime
    symbols: tuple[SymbolFacts, ...]
    ranges: tuple[Range, ...]
    gate: Decision | None = None
    notes: tuple[str, ...] = ()
