"""Collection: query the sources in order, clean the prices, compare them with the stored series, and store them."""

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
from model.prices.extend import prepend_stored_closes
from model.prices.quality import QualityReport
from model.prices.series import PriceSeries
from model.prices.sources.packaged import SYMBOL, PackagedSource
from model.prices.sources.source import Progress, RawPrices, no_progress
from model.prices.sources.source_order import SourceOrder
from model.prices.stock_splits import StockSplit
from model.prices.store import PriceStore
from model.prices.symbols import check_symbol

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """Result of collecting one symbol.

    Attributes:
        series: The series that is now in the store.
        quality: Its quality report.
        tried: One line for each source that did not return usable prices, in order.
        from_store: Whether the series is the last good download because no source returned usable prices.
        changed: Whether prices or splits differ from before.
        written: Whether the store was written to. This includes an unchanged download with a new download time.
    """

    series: PriceSeries
    quality: QualityReport
    tried: tuple[str, ...] = ()
    from_store: bool = False
    changed: bool = False
    written: bool = False


@dataclass(frozen=True, slots=True)
class SymbolResult:
    """Result for one of several symbols: the collected prices or the error."""

    symbol: str
    collected: Collected | None = None
    error: NextcloseError | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    series: PriceSeries
    quality: QualityReport


def collect(
    symbol: str,
    store: PriceStore,
    choice: SourceOrder,
    *,
    now: datetime,
    splits: Sequence[StockSplit] = (),
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> Collected:
    """Collect the prices of one symbol into the store.

    A download is stored only if it passes cleaning and agrees with the stored series (see `agreement`). Otherwise the
    next source is queried. If all sources fail, the last good download is used, if `choice` allows it.

    Args:
        symbol: Symbol in Yahoo Finance's notation.
        store: Price store with the series.
        choice: Sources, see `sources.choice.choose`.
        now: Current time, with time zone.
        splits: Splits confirmed by the user. Splits of earlier downloads (confirmed, or reported by the source) are
            remembered.
        overwrite: Accept a download with fewer sessions than before, or with different past closes.
        progress: Progress callback for the sources.

    Raises:
        SettingsError: The symbol is malformed, or no calendar is known for it.
        SourceUnavailableError, NoSuchSymbolError, DataQualityError: No source returned usable prices and there is no
            fallback. The class is that of the first failure; the message contains all failures. Nothing was
            overwritten.
        PricesError: The store cannot be written.
    """
    check_symbol(symbol)
    tried: list[str] = []
    failures: list[PricesError] = []
    stored = _read_stored(store, symbol, tried)
    for source in choice.sources:
        try:
            raw = source.fetch(symbol, now=now, progress=progress)
            series, quality = _clean_download(raw, stored, now, splits)
            if stored is not None and not overwrite:
                check_agreement(stored.series, series)
        except PricesError as err:
            _log.info("source failed", symbol=symbol, source=source.name, reason=str(err))
            failures.append(err)
            tried.append(str(err))
            continue
        return replace(_write_download(store, series, quality, stored), tried=tuple(tried))
    if stored is None or not choice.use_last_download:
        raise _no_usable_prices(symbol, failures, choice, tried)
    quality = replace(
        stored.quality,
        checked_at=now.astimezone(UTC),
        sessions_behind=completed_after(stored.series.calendar, stored.series.last, now),
    )
    return Collected(stored.series, quality, tuple(tried), from_store=True)


def collect_many(
    symbols: Iterable[str],
    one: Callable[[str], Collected],
    *,
    progress: Progress = no_progress,
) -> tuple[SymbolResult, ...]:
    """Collect several symbols. The failure of one symbol does not affect the others.

    Args:
        symbols: Symbols in the order of collection. Duplicates are collected once.
        one: Function that collects one symbol, usually `collect` with its other arguments bound.
        progress: Called before each symbol and at the end, with the number of completed symbols and the total.
    """
    distinct = tuple(dict.fromkeys(symbols))
    outcomes = []
    for done, symbol in enumerate(distinct):
        progress(done, len(distinct), symbol)
        try:
            outcomes.append(SymbolResult(symbol, collected=one(symbol)))
        except NextcloseError as err:
            outcomes.append(SymbolResult(symbol, error=err))
    progress(len(distinct), len(distinct), "prices")
    return tuple(outcomes)


def packaged_series(now: datetime) -> tuple[PriceSeries, QualityReport]:
    """The cleaned S&P 500 index from the package `arch` (`^GSPC`, 1999 to 2018), for use without a network."""
    return clean(PackagedSource().fetch(SYMBOL, now=now), now=now)


def _read_stored(store: PriceStore, symbol: str, tried: list[str]) -> _Stored | None:
    try:
        return _Stored(store.read(symbol), store.read_quality(symbol))
    except UnknownSymbolError:
        return None
    except DataQualityError as err:
        tried.append(f"store: the last download cannot be used: {err}")
        return None


def _clean_download(
    raw: RawPrices, stored: _Stored | None, now: datetime, splits: Sequence[StockSplit]
) -> tuple[PriceSeries, QualityReport]:
    if stored is None:
        return clean(raw, now=now, splits=splits)
    if raw.recent_only:
        raw = prepend_stored_closes(raw, stored.series)
    return clean(raw, now=now, splits=splits, known_splits=stored.quality.splits)


def _write_download(
    store: PriceStore, series: PriceSeries, quality: QualityReport, stored: _Stored | None
) -> Collected:
    changed = stored is None or not same_prices(stored.series, series) or stored.series.source != series.source
    if not changed and stored is not None and stored.series.downloaded_at == series.downloaded_at:
        return Collected(series, quality)
    store.write(series, quality)
    return Collected(series, quality, changed=changed, written=True)


def _no_usable_prices(symbol: str, failures: list[PricesError], choice: SourceOrder, tried: list[str]) -> PricesError:
    if len(failures) == 1 and len(tried) == 1:
        return failures[0]
    reasons = "; ".join(tried)
    if not choice.sources:
        return SourceUnavailableError(f"store: contains no prices of {symbol}" + (f": {reasons}" if reasons else ""))
    return type(failures[0])(f"{symbol}: {reasons}")
