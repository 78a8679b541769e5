"""Which sources are asked, and in what order."""

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
class Choice:
    """Sources in the order they are asked.

    Attributes:
        sources: asked one after the other until one gives usable prices.
        last_good: whether the store's last good download stands in when none does.
    """

    sources: tuple[Source, ...]
    last_good: bool


def choose(
    name: str | None = None,
    *,
    csv: Path | None = None,
    alphavantage_key: str | None = None,
    deadline: float = DEADLINE,
) -> Choice:
    """The usual order, Yahoo Finance, Alpha Vantage (with a key), the last good download; or one fixed source.

    Args:
        name: one of `NAMES` fixes that source, and nothing stands in for it; `store` is the last good download.
        csv: a file; fixes the source `csv`.
        alphavantage_key: the user's key, if there is one.
        deadline: seconds that a source on the network may take for one symbol.

    Raises:
        SettingsError: the name is unknown, a CSV file or a key is missing, or a file and another source are asked for.
    """
    if csv is not None and name not in {None, "csv"}:
        raise SettingsError(f"source: expected csv or nothing beside a CSV file, got {name}")
    if name is None and csv is None:
        network: list[Source] = [YahooSource(deadline)]
        if alphavantage_key:
            network.append(AlphaVantageSource(alphavantage_key, deadline))
        return Choice(tuple(network), last_good=True)
    if name == "store":
        return Choice((), last_good=True)
    return Choice((_fixed(name or "csv", csv, alphavantage_key, deadline),), last_good=False)


def _fixed(name: str, csv: Path | None, key: str | None, deadline: float) -> Source:
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
