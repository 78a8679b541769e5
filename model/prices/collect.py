"""Collecting: asks the sources in order, cleans, compares with what is held, and writes to the store."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from model.contract.errors import (
    DataQualityError,
    NextcloseError,
    PricesError,
    SourceUnavailableError,
    UnknownSymbolError,
)
from model.prices.agreement import check_agreement, same_prices
from model.prices.calendars import completed_after
from model.prices.clean import clean
from model.prices.extend import extended
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.choice import Choice
from model.prices.sources.packaged import SYMBOL, PackagedSource
from model.prices.sources.source import Progress, RawPrices, silent
from model.prices.splits import Split
from model.prices.store import PriceStore
from model.prices.symbols import check_symbol

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """What collecting one symbol came to.

    Attributes:
        series: what the store now holds.
        quality: its report.
        tried: a plain line for each source that did not give usable prices, in order.
        from_store: whether the series is the last good download, because no source gave a usable one.
        changed: whether prices or splits are others than before.
        written: whether the store was written to (an unchanged download has a new time of download).
    """

    series: PriceSeries
    quality: QualityReport
    tried: tuple[str, ...] = ()
    from_store: bool = False
    changed: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One symbol of many: what was collected, or the error that it ended with."""

    symbol: str
    collected: Collected | None = None
    error: NextcloseError | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    series: PriceSeries
    quality: QualityReport


def collect(
    symbol: str,
    store: PriceStore,
    choice: Choice,
    *,
    now: datetime,
    splits: Sequence[Split] = (),
    overwrite: bool = False,
    progress: Progress = silent,
) -> Collected:
    """Collects one symbol's prices into the store.

    A source's answer is written only when it passes cleaning and agrees with what is held (see `agreement`); otherwise
    the next source is asked, and at the end the last good download stands in where the choice has it.

    Args:
        symbol: as Yahoo Finance writes it.
        store: where the series is held.
        choice: the sources, see `sources.choice.choose`.
        now: with time zone.
        splits: confirmed by the user. Those confirmed in a former download, or told by its source, are remembered.
        overwrite: take an answer that has less than before, or another past.
        progress: given to the sources.

    Raises:
        SettingsError: no symbol's form, or no calendar is known for it.
        SourceUnavailableError, NoSuchSymbolError, DataQualityError: nothing usable came and nothing stands in. The
            class is that of the first source's failure, the message has all of them. Nothing was overwritten.
        PricesError: the store cannot be written.
    """
    check_symbol(symbol)
    tried: list[str] = []
    failures: list[PricesError] = []
    held = _held(store, symbol, tried)
    for source in choice.sources:
        try:
            raw = source.fetch(symbol, now=now, progress=progress)
            series, quality = _cleaned(raw, held, now, splits)
            if held is not None and not overwrite:
                check_agreement(held.series, series)
        except PricesError as err:
            _log.info("source failed", symbol=symbol, source=source.name, reason=str(err))
            failures.append(err)
            tried.append(str(err))
            continue
        return replace(_written(store, series, quality, held), tried=tuple(tried))
    if held is None or not choice.last_good:
        raise _nothing_usable(symbol, failures, choice, tried)
    quality = replace(
        held.quality,
        checked_at=now.astimezone(UTC),
        sessions_behind=completed_after(held.series.calendar, held.series.last, now),
    )
    return Collected(held.series, quality, tuple(tried), from_store=True)


def collect_many(
    symbols: Iterable[str],
    one: Callable[[str], Collected],
    *,
    progress: Progress = silent,
) -> tuple[Outcome, ...]:
    """Collects any number of symbols; one that fails disturbs no other.

    Args:
        symbols: each is collected once, in order of their first mention.
        one: collects a symbol, usually `collect` with its other arguments bound.
        progress: called before each symbol and at the end, with symbols done and in all.
    """
    distinct = tuple(dict.fromkeys(symbols))
    outcomes = []
    for done, symbol in enumerate(distinct):
        progress(done, len(distinct), symbol)
        try:
            outcomes.append(Outcome(symbol, collected=one(symbol)))
        except NextcloseError as err:
            outcomes.append(Outcome(symbol, error=err))
    progress(len(distinct), len(distinct), "prices")
    return tuple(outcomes)


def packaged_series(now: datetime) -> tuple[PriceSeries, QualityReport]:
    """The S&P 500 index that `arch` ships (`^GSPC`, 1999 to 2018), cleaned like any other; for where no network is."""
    return clean(PackagedSource().fetch(SYMBOL, now=now), now=now)


def _held(store: PriceStore, symbol: str, tried: list[str]) -> _Held | None:
    try:
        return _Held(store.read(symbol), store.read_quality(symbol))
    except UnknownSymbolError:
        return None
    except DataQualityError as err:
        tried.append(f"store: the last download cannot be used: {err}")
        return None


def _cleaned(
    raw: RawPrices, held: _Held | None, now: datetime, splits: Sequence[Split]
) -> tuple[PriceSeries, QualityReport]:
    if held is None:
        return clean(raw, now=now, splits=splits)
    if raw.recent_only:
        raw = extended(raw, held.series)
    return clean(raw, now=now, splits=splits, held_splits=held.quality.splits)


def _written(store: PriceStore, series: PriceSeries, quality: QualityReport, held: _Held | None) -> Collected:
    changed = held is None or not same_prices(held.series, series) or held.series.source != series.source
    if not changed and held is not None and held.series.downloaded_at == series.downloaded_at:
        return Collected(series, quality)
    store.write(series, quality)
    return Collected(series, quality, changed=changed, written=True)


def _nothing_usable(symbol: str, failures: list[PricesError], choice: Choice, tried: list[str]) -> PricesError:
    if len(failures) == 1 and len(tried) == 1:
        return failures[0]
    reasons = "; ".join(tried)
    if not choice.sources:
        return SourceUnavailableError(f"store: holds no prices of {symbol}" + (f": {reasons}" if reasons else ""))
    return type(failures[0])(f"{symbol}: {reasons}")
