"""Selection of the price sources and their order."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.contract.errors import SettingsError
from model.prices.sources.alphavantage import AlphaVantageSource
from model.prices.sources.csvfile import CsvSource
from model.prices.sources.packaged import PackagedSource
from model.prices.sources.source import Source
from model.prices.sources.yahoo import DEADLINE, YahooSource

NAMES: Final = ("yahoo", "alphavantage", "store", "csv", "arch")


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """Sources in the order in which they are queried.

    Attributes:
        sources: Queried one after the other until one returns usable prices.
        use_last_download: Whether the last good download in the store is used if all sources fail.
    """

    sources: tuple[Source, ...]
    use_last_download: bool


def select_sources(
    name: str | None = None,
    *,
    csv: Path | None = None,
    alphavantage_key: str | None = None,
    deadline: float = DEADLINE,
) -> SourceOrder:
    """Choose the default order (Yahoo Finance, Alpha Vantage if there is a key, last good download) or one source.

    Args:
        name: One of `NAMES` selects only that source, without a fallback; `store` is the last good download.
        csv: CSV file; selects the source `csv`.
        alphavantage_key: The user's API key, if there is one.
        deadline: Time limit for one symbol from a source on the network, in seconds.

    Raises:
        SettingsError: The name is unknown, a CSV file or a key is missing, or a CSV file is given together with
            another source.
    """
    if csv is not None and name not in {None, "csv"}:
        raise SettingsError(f"source: expected csv or no source together with a CSV file, got {name}")
    if name is None and csv is None:
        network: list[Source] = [YahooSource(deadline)]
        if alphavantage_key:
            network.append(AlphaVantageSource(alphavantage_key, deadline))
        return SourceOrder(tuple(network), use_last_download=True)
    if name == "store":
        return SourceOrder((), use_last_download=True)
    return SourceOrder((_single_source(name or "csv", csv, alphavantage_key, deadline),), use_last_download=False)


def _single_source(name: str, csv: Path | None, key: str | None, deadline: float) -> Source:
    match name:
        case "yahoo":
            return YahooSource(deadline)
        case "alphavantage" if key:
            return AlphaVantageSource(key, deadline)
        case "alphavantage":
            raise SettingsError("source alphavantage: expected a key, got none")
        case "csv" if csv is not None:
            return CsvSource(csv)
        case "csv":
            raise SettingsError("source csv: expected a file, got none")
        case "arch":
            return PackagedSource()
    raise SettingsError(f"source: expected one of {', '.join(NAMES)}, got {name!r}")
