"""Responses of the service as values: the stored window of a symbol, a forecast."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any, Self

from model.contract import names
from model.contract.levels import LEVELS, interval
from model.contract.window import WINDOW


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """The stored closes of a symbol that its forecast uses.

    Attributes:
        symbol: Symbol of the closes.
        source: Name of the source of the prices.
        downloaded_at: Time at which the prices were imported, with its time zone.
        dates: Dates of the 60 closes.
        closes: 60 closes, oldest first, in price units.
        target: Session of the forecast.
        sessions_behind: Number of sessions that have ended since the last close.
        stale: Whether more than one of these sessions is missing.
    """

    symbol: str
    source: str
    downloaded_at: datetime
    dates: tuple[date, ...]
    closes: tuple[float, ...]
    target: date
    sessions_behind: int
    stale: bool

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Parse the response of `/symbols/{symbol}/window`.

        Raises:
            LookupError: A field is missing.
            TypeError: A field has a wrong type.
            ValueError: A field has a wrong length or a value out of range.
        """
        closes = _prices(document[names.CLOSE], WINDOW)
        dates = tuple(date.fromisoformat(day) for day in document["dates"])
        downloaded_at = datetime.fromisoformat(document["downloaded_at"])
        if len(dates) != WINDOW or downloaded_at.tzinfo is None:
            raise ValueError(
                f"expected {WINDOW} dates and a time with a time zone, got {len(dates)} dates and {downloaded_at}"
            )
        return cls(
            symbol=str(document[names.SYMBOL]),
            source=str(document["source"]),
            downloaded_at=downloaded_at,
            dates=dates,
            closes=closes,
            target=date.fromisoformat(document[names.TARGET_SESSION]),
            sessions_behind=int(document["sessions_behind"]),
            stale=bool(document[names.STALE]),
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of the next close by one version, in price units.

    Attributes:
        forecast: Median.
        naive: Last close of the window.
        quantiles: 7 quantiles at `levels.LEVELS`.
        version: Version that computed the forecast.
        source: Source of the prices that the version was trained on.
        document: The whole response.
    """

    forecast: float
    naive: float
    quantiles: tuple[float, ...]
    version: str
    source: str
    document: Mapping[str, Any]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Parse an inference response that has one row.

        Raises:
            LookupError: A field or an output is missing.
            TypeError: A field has a wrong type.
            ValueError: An output has a wrong length, or a price is not positive and finite.
        """
        outputs = {output["name"]: output["data"] for output in document["outputs"]}
        (forecast,), (naive,) = (_prices(outputs[name], 1) for name in (names.FORECAST, names.NAIVE))
        return cls(
            forecast=forecast,
            naive=naive,
            quantiles=_prices(outputs[names.QUANTILES], len(LEVELS)),
            version=str(document["model_version"]),
            source=str(document.get("parameters", {}).get(names.SOURCE, "")),
            document=document,
        )

    def interval(self, percent: int) -> tuple[float, float]:
        """Return the lower and the upper bound of a central interval.

        Args:
            percent: Nominal coverage: 50, 80 or 90.
        """
        return interval(self.quantiles, percent)


def _prices(values: Sequence[float], count: int) -> tuple[float, ...]:
    prices = tuple(float(value) for value in values)
    if len(prices) != count or not all(0 < price < inf for price in prices):
        raise ValueError(f"expected {count} prices, got {len(prices)}: {prices}"[:200])
    return prices


def response_json(forecast: Forecast) -> str:
    """Format the response as received, as JSON."""
    return json.dumps(forecast.document, indent=2)


def forecast_csv(forecast: Forecast, symbol: str, data_until: date | None, target: date | None) -> str:
    """Format the forecast as CSV with one row for programs: decimal points, ISO dates, empty fields for unknown values.

    Args:
        forecast: The forecast.
        symbol: Its symbol; empty if unknown.
        data_until: Date of the last close, if known.
        target: Session of the forecast, if known.
    """
    row = {
        names.SYMBOL: symbol,
        names.DATA_UNTIL: data_until.isoformat() if data_until else "",
        names.TARGET_SESSION: target.isoformat() if target else "",
        names.NAIVE: repr(forecast.naive),
        names.FORECAST: repr(forecast.forecast),
        **{f"q{level:g}": repr(value) for level, value in zip(LEVELS, forecast.quantiles, strict=True)},
        "model_version": forecast.version,
    }
    return f"{','.join(row)}\n{','.join(row.values())}\n"
