"""Prices of a refresh: which symbols need new ones, collecting them, and checks before training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jobs.pipeline.collect import CollectOptions, Progress, collect_prices, unreachable
from jobs.settings import JobsSettings
from model.contract.errors import DataQualityError, PricesError, UnknownSymbolError
from model.prices.freshness import sessions_behind
from model.prices.store import PriceStore


@dataclass(frozen=True, slots=True)
class CollectResult:
    """Result of collecting prices.

    Attributes:
        changed: Symbols whose stored prices have changed.
        notes: One line of text per source that was skipped.
        failures: One line of text per symbol that no source had prices of.
        missing: Symbols without any price: no source had one, and none is stored.
        unreachable: Whether all symbols are missing, and only because no source could be reached.
    """

    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreachable: bool = False


def symbols_behind(store: PriceStore, symbols: Sequence[str], now: datetime) -> list[str]:
    """Return the symbols with an ended session whose close is not stored, by the exchange calendar of their series."""
    found = []
    for symbol in symbols:
        try:
            if sessions_behind(store.read(symbol), now):
                found.append(symbol)
        except (PricesError, UnknownSymbolError):
            found.append(symbol)  # the collect step reports the error
    return found


def collect_all(settings: JobsSettings, symbols: Sequence[str], progress: Progress) -> CollectResult:
    """Collect prices of symbols, each from the user's own file if there is one, else from the sources.

    A symbol that fails does not affect the others.
    """
    changed: list[str] = []
    notes: list[str] = []
    failures: list[str] = []
    missing: list[str] = []
    unreachable_count = 0
    for symbol in symbols:
        own = user_price_file(settings.csv_folder, symbol)
        if own is not None:
            (outcome,) = collect_prices(settings, [symbol], CollectOptions(csv=own), progress)
            if outcome.collected is not None:
                changed += [symbol] if outcome.collected.changed else []
                continue
            notes.append(f"{own}: {outcome.error}")
        (outcome,) = collect_prices(settings, [symbol], CollectOptions(), progress)
        if outcome.error is not None:
            failures.append(str(outcome.error) if own is None else f"{outcome.error}; {notes[-1]}")
            missing.append(symbol)
            # An unusable file of the user is an error that the user must correct, not a network failure.
            unreachable_count += own is None and unreachable(outcome)
        elif outcome.collected is not None:
            changed += [symbol] if outcome.collected.changed else []
            if outcome.collected.from_store:
                failures.append(f"{symbol}: using the last good download: {'; '.join(outcome.collected.tried)}")
            else:
                notes += outcome.collected.tried
    texts = tuple(changed), tuple(notes), tuple(failures)
    return CollectResult(*texts, tuple(missing), unreachable=unreachable_count == len(symbols))


def user_price_file(folder: Path | None, symbol: str) -> Path | None:
    """Return the path of the user's price file of a symbol, None if it does not exist."""
    path = folder / f"{symbol}.csv" if folder is not None else None
    return path if path is not None and path.is_file() else None


def copy_store(source: PriceStore, target: PriceStore, symbols: Sequence[str]) -> None:
    """Copy the stored prices of symbols, for a dry run.

    Raises:
        PricesError: The copy cannot be written.
    """
    for symbol in symbols:
        try:
            target.write(source.read(symbol), source.read_quality(symbol))
        except (UnknownSymbolError, DataQualityError):
            continue  # missing or unreadable prices are collected again


def unconfirmed_splits(store: PriceStore, symbols: Sequence[str], since: date) -> list[str]:
    """List suspected stock splits after a date that the user has not confirmed, one line of text each.

    An unadjusted split is a jump that no price move caused: training on it, or forecasting a window that contains it,
    gives wrong results.
    """
    found = []
    for symbol in symbols:
        found += [
            f"{symbol}: a split of {split.ratio:g} on {split.date}? "
            f"`nextclose collect --symbol {symbol} {split.option}` confirms it"
            for split in store.read_quality(symbol).suspected
            if split.date > since
        ]
    return found
