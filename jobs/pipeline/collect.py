"""The collect step: download prices from the sources into the price store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.settings import JobsSettings
from model.contract.errors import SettingsError, SourceUnavailableError
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.prices.collect import SymbolResult

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """Options of the collect step.

    Attributes:
        source: The only source to use; None tries the sources in their usual order.
        csv: File with the user's own prices, used instead of a download.
        splits: Confirmed stock splits, each as `DATE:RATIO`.
        overwrite: Whether to accept prices that have fewer sessions than the stored ones, or a different history.
    """

    source: str | None = None
    csv: Path | None = None
    splits: tuple[str, ...] = ()
    overwrite: bool = False


def collect_prices(
    settings: JobsSettings, symbols: Sequence[str], options: CollectOptions, progress: Progress
) -> tuple["SymbolResult", ...]:
    """Collect prices into the price store. A symbol that fails does not affect the others.

    Args:
        settings: Location of the price store, API key and deadline of the sources.
        symbols: Symbols to collect.
        options: Options of this call; `csv` and `splits` require that there is one symbol only.
        progress: Called with steps done, steps in all and a description.

    Returns:
        One outcome per symbol, in their order.

    Raises:
        SettingsError: The options cannot be combined, or the chosen source does not exist or lacks its key.
    """
    if len(symbols) > 1 and (options.csv or options.splits):
        raise SettingsError(f"--csv and --split are for one symbol, got {len(symbols)}: {', '.join(symbols)}")
    from model.prices.collect import collect, collect_many
    from model.prices.sources.source_order import select_sources
    from model.prices.stock_splits import parse_split

    key = settings.alphavantage_api_key
    choice = select_sources(
        options.source,
        csv=options.csv,
        alphavantage_key=key.get_secret_value() if key else None,
        deadline=settings.source_deadline,
    )
    splits = [parse_split(text) for text in options.splits]
    store = PriceStore(settings.store)
    now = datetime.now(UTC)
    return collect_many(
        symbols,
        lambda symbol: collect(
            symbol, store, choice, now=now, splits=splits, overwrite=options.overwrite, progress=progress
        ),
        progress=progress,
    )


def collect_packaged(settings: JobsSettings) -> str:
    """Store the index that the package `arch` ships, for use when no source can be reached. Returns its symbol."""
    from model.prices.collect import packaged_series

    series, quality = packaged_series(datetime.now(UTC))
    PriceStore(settings.store).write(series, quality)
    return series.symbol


def unreachable(outcome: "SymbolResult") -> bool:
    """Whether a symbol was not collected because no source could be reached."""
    return isinstance(outcome.error, SourceUnavailableError)
