"""What the service answers, as values: a window of a symbol, a forecast."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any, Self

from model.contract import names
from model.contract.levels import INTERVALS, LEVELS
from model.contract.window import WINDOW


@dataclass(frozen=True, slots=True)
class Window:
    """The stored closes of a symbol that its forecast is made from.

    Attributes:
        closes: 60, oldest first, in price units. dates: of each. target: the session that is forecast.
        sessions_behind: sessions that have ended since the last close. stale: more than one of them is missing.
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
        """From `/symbols/{symbol}/window`; raises LookupError, TypeError or ValueError where it is none."""
        closes = _prices(document[names.CLOSE], WINDOW)
        dates = tuple(date.fromisoformat(day) for day in document["dates"])
        downloaded_at = datetime.fromisoformat(document["downloaded_at"])
        if len(dates) != WINDOW or downloaded_at.tzinfo is None:
            raise ValueError(f"expected {WINDOW} dates and a time with its zone, got {len(dates)} and {downloaded_at}")
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
    """The next close, in price units, by one version.

    Attributes:
        forecast: the median. naive: the last close. quantiles: at `levels.LEVELS`.
        version: that answered. source: where its training prices came from. document: the whole answer.
    """

    forecast: float
    naive: float
    quantiles: tuple[float, ...]
    version: str
    source: str
    document: Mapping[str, Any]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """From the answer to one row; raises LookupError, TypeError or ValueError where it is none."""
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
        """Lower and upper bound of a central interval: 50, 80 or 90."""
        lower, upper = INTERVALS[percent]
        return self.quantiles[lower], self.quantiles[upper]


def _prices(values: Sequence[float], count: int) -> tuple[float, ...]:
    prices = tuple(float(value) for value in values)
    if len(prices) != count or not all(0 < price < inf for price in prices):
        raise ValueError(f"expected {count} prices, got {len(prices)}: {prices}"[:200])
    return prices


def answer_json(forecast: Forecast) -> str:
    """The answer as the service gave it."""
    return json.dumps(forecast.document, indent=2)


def answer_csv(forecast: Forecast, symbol: str, data_until: date | None, target: date | None) -> str:
    """The answer as a table of one row, for programs: decimal points, ISO dates; what is not known is empty."""
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
