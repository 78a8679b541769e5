"""What the service answers, as values: a window of a symbol, a forecast."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from model.contract import names
from model.contract.levels import INTERVALS, LEVELS


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
        return cls(
            symbol=document[names.SYMBOL],
            source=document["source"],
            downloaded_at=datetime.fromisoformat(document["downloaded_at"]),
            dates=tuple(date.fromisoformat(day) for day in document["dates"]),
            closes=tuple(float(close) for close in document[names.CLOSE]),
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
        quantiles = tuple(float(value) for value in outputs[names.QUANTILES])
        if len(quantiles) != len(LEVELS):
            raise ValueError(f"expected {len(LEVELS)} quantiles, got {len(quantiles)}")
        return cls(
            forecast=float(outputs[names.FORECAST][0]),
            naive=float(outputs[names.NAIVE][0]),
            quantiles=quantiles,
            version=str(document["model_version"]),
            source=str(document.get("parameters", {}).get(names.SOURCE, "")),
            document=document,
        )

    def interval(self, percent: int) -> tuple[float, float]:
        """Lower and upper bound of a central interval: 50, 80 or 90."""
        lower, upper = INTERVALS[percent]
        return self.quantiles[lower], self.quantiles[upper]


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
