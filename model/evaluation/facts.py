"""Facts of the report in addition to the measures: origin of the prices, and how the model was trained."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from model.evaluation.gate import GateDecision
from model.prices.series import PriceSeries


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """Origin of the prices of one symbol.

    Attributes:
        symbol: The symbol as Yahoo Finance writes it.
        source: Source of the prices, e.g. `yahoo`.
        downloaded_at: Time of the download, with time zone.
        first: Date of the first close.
        last: Date of the last close.
        sessions: Number of closes.
        quality: Findings of the quality report, one sentence each.
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
    """A part of the data: its purpose and its first and last target session."""

    purpose: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class LossCurves:
    """Loss curves of a training.

    Attributes:
        train: Mean pinball loss on the training range after each epoch, in sigma.
        validation: Mean pinball loss on the validation range after each epoch, in sigma.
        initial: Validation loss before the first epoch: of the untrained network (the last close with EWMA quantiles),
            or of the weights that were fine-tuned.
    """

    train: tuple[float, ...]
    validation: tuple[float, ...]
    initial: float

    @property
    def best_epoch(self) -> int:
        """Epoch with the lowest validation loss, from 1; 0 if no epoch was better than the initial state."""
        losses = (self.initial, *self.validation)
        return losses.index(min(losses))


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Contents of the report that were not measured.

    Attributes:
        model: Name of the model, e.g. `nextclose`.
        version: Name of the version folder; None before the export.
        recipe: Description of the recipe, e.g. `LSTM(16), pooled over 2 symbols`.
        shrink: Lambda of the forecast design: 1, or 0 if the last close is used as the point forecast.
        created: Time of the report, with time zone.
        symbols: Origin of the prices of each symbol.
        ranges: Parts of the data, oldest first.
        gate: The gate's decision; None if the model was not tested by the gate.
        notes: Further sentences.
    """

    model: str
    version: str | None
    recipe: str
    shrink: float
    created: datetime
    symbols: tuple[SymbolFacts, ...]
    ranges: tuple[Range, ...]
    gate: GateDecision | None = None
    notes: tuple[str, ...] = ()
