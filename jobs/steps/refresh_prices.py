"""Collect and check of a refresh: which prices are there now, what is new in them, whether they can be trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jobs.settings import JobsSettings
from jobs.steps.collect import CollectOptions, Progress, collect_prices, unreachable
from model.contract.errors import DataQualityError, PricesError, UnknownSymbolError
from model.prices.freshness import sessions_behind
from model.prices.store import PriceStore


@dataclass(frozen=True, slots=True)
class Collection:
    """What collecting came to.

    Attributes:
        changed: symbols whose prices are others than before. notes: plain lines of sources that were passed over.
        failures: plain lines of symbols that no source gave prices of.
        missing: those of them that nothing is stored of either.
        unreachable: whether that is so for all symbols, and only because no source could be reached.
    """

    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreachable: bool = False


def awaited(store: PriceStore, symbols: Sequence[str], now: datetime) -> list[str]:
    """The symbols with a session that has ended and is not stored, by the calendar that travels with their series."""
    found = []
    for symbol in symbols:
        try:
            if sessions_behind(store.read(symbol), now):
                found.append(symbol)
        except (PricesError, UnknownSymbolError):
            found.append(symbol)  # collecting says what is wrong with it
    return found


def collect_all(settings: JobsSettings, symbols: Sequence[str], progress: Progress) -> Collection:
    """Collects symbols: from the user's own files where there are any, else from the sources.

    Returns:
        What came of it; a symbol that fails disturbs no other.
    """
    changed: list[str] = []
    notes: list[str] = []
    failures: list[str] = []
    missing: list[str] = []
    unreached = 0
    for symbol in symbols:
        own = own_file(settings.csv_folder, symbol)
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
            # The user's own file that cannot be used is another matter: it wants mending.
            unreached += own is None and unreachable(outcome)
        elif outcome.collected is not None:
            changed += [symbol] if outcome.collected.changed else []
            if outcome.collected.from_store:
                failures.append(f"{symbol}: the last good download stands in: {'; '.join(outcome.collected.tried)}")
            else:
                notes += outcome.collected.tried
    lines = tuple(changed), tuple(notes), tuple(failures)
    return Collection(*lines, tuple(missing), unreachable=unreached == len(symbols))


def own_file(folder: Path | None, symbol: str) -> Path | None:
    """The user's file of a symbol, None where there is none."""
    path = folder / f"{symbol}.csv" if folder is not None else None
    return path if path is not None and path.is_file() else None


def copy_store(source: PriceStore, target: PriceStore, symbols: Sequence[str]) -> None:
    """Copies what is stored of the symbols, for a run that must change nothing.

    Raises:
        PricesError: the copy cannot be written.
    """
    for symbol in symbols:
        try:
            target.write(source.read(symbol), source.read_quality(symbol))
        except (UnknownSymbolError, DataQualityError):
            continue  # what is not there or cannot be read is collected anew


def unconfirmed_splits(store: PriceStore, symbols: Sequence[str], since: date) -> list[str]:
    """Splits that were found after a date and that nobody has confirmed, as plain lines.

    A fit on a jump that is none of the market's would be wrong, and so would every window across it.
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
