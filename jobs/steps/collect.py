"""Collect: sources in, the price store out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.settings import JobsSettings
from model.contract.errors import SettingsError, SourceUnavailableError
from model.prices.store import PriceStore

if TYPE_CHECKING:
    from model.prices.collect import Outcome

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """What a user may choose of collecting.

    Attributes:
        source: one source instead of the usual order. csv: the user's own file.
        splits: confirmed splits, as `DATE:RATIO`. overwrite: take an answer that has less than before, or another past.
    """

    source: str | None = None
    csv: Path | None = None
    splits: tuple[str, ...] = ()
    overwrite: bool = False


def collect_prices(
    settings: JobsSettings, symbols: Sequence[str], options: CollectOptions, progress: Progress
) -> tuple["Outcome", ...]:
    """Collects the symbols into the store; one that fails disturbs no other.

    Raises:
        SettingsError: options that do not go together.
    """
    if len(symbols) > 1 and (options.csv or options.splits):
        raise SettingsError(f"--csv and --split are for one symbol, got {len(symbols)}: {', '.join(symbols)}")
    from model.prices.collect import collect, collect_many
    from model.prices.sources.choice import choose
    from model.prices.splits import parse_split

    key = settings.alphavantage_api_key
    choice = choose(
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
    """Puts the index that `arch` ships into the store, for where no source can be reached; gives its symbol."""
    from model.prices.collect import packaged_series

    series, quality = packaged_series(datetime.now(UTC))
    PriceStore(settings.store).write(series, quality)
    return series.symbol


def unreachable(outcome: "Outcome") -> bool:
    """Whether a symbol was not collected because no source could be reached."""
    return isinstance(outcome.error, SourceUnavailableError)
