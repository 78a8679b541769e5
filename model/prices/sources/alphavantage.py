"""Alpha Vantage's TIME_SERIES_DAILY: closes as traded. Its limits are answered with status 200 and a sentence."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import httpx
import numpy as np
import pandas as pd

from model.contract.errors import DataQualityError, NoSuchSymbolError, SourceUnavailableError
from model.prices.sources.retry import ask
from model.prices.sources.source import Progress, RawPrices, silent

BASE_URL: Final = "https://www.alphavantage.co"
DEADLINE: Final = 20.0  # seconds
_ONE_REQUEST: Final = 10.0  # seconds
_PAUSE: Final = 1.2  # seconds: free keys have one request a second
_SERIES: Final = "Time Series (Daily)"
_FIELDS: Final = {"1. open": "open", "2. high": "high", "3. low": "low", "4. close": "close", "5. volume": "volume"}
# Yahoo's suffixes -> Alpha Vantage's. It has no others, no indices and no currencies here.
_SUFFIX: Final = {
    "SA": "SAO", "L": "LON", "TO": "TRT", "V": "TRV", "DE": "DEX", "BO": "BSE", "SS": "SHH", "SZ": "SHZ",
}  # fmt: skip


class _ServerError(Exception):
    """A status of 500 and above."""


class AlphaVantageSource:
    """Daily bars of Alpha Vantage; nothing is known of splits. The key never appears in a message or a log."""

    name: Final = "alphavantage"

    def __init__(self, key: str, deadline: float = DEADLINE, base_url: str = BASE_URL) -> None:
        """Does not connect yet.

        Args:
            key: the user's.
            deadline: seconds that one symbol may take, all attempts together.
            base_url: scheme, host and port.
        """
        self._key = key
        self._deadline = deadline
        self._base_url = base_url

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = silent) -> RawPrices:
        """The history of a symbol, only its last 100 sessions where the key's plan has no more; see `Source.fetch`."""
        theirs = their_symbol(symbol)
        progress(0, 1, f"{self.name} {symbol}")
        try:
            with _without(self._key), httpx.Client(base_url=self._base_url) as client:
                content, recent_only = self._ask(client, theirs)
        except httpx.TimeoutException as err:
            raise SourceUnavailableError(f"alphavantage: no answer within {self._deadline:g} s") from err
        except (httpx.HTTPError, _ServerError) as err:
            raise SourceUnavailableError(f"alphavantage: could not be reached: {self._hide(str(err))}") from err
        frame = parse_daily(content, symbol, self._key)
        progress(1, 1, f"{self.name} {symbol}")
        return RawPrices(symbol, self.name, frame, now, recent_only=recent_only)

    def _ask(self, client: httpx.Client, symbol: str) -> tuple[dict[str, Any], bool]:
        """The answer, and whether it has only the last 100 sessions."""
        until = time.monotonic() + self._deadline

        def content(size: str) -> dict[str, Any]:
            left = until - time.monotonic()
            answer = ask(lambda: self._get(client, symbol, size, until), again=_may_pass, deadline=left)
            return self._content(answer)

        whole = content("full")
        refusal = str(whole.get("Information", "")).lower()
        if "premium" not in refusal or "rate limit" in refusal:
            return whole, False
        time.sleep(_PAUSE)
        return content("compact"), True

    def _get(self, client: httpx.Client, symbol: str, size: str, until: float) -> httpx.Response:
        left = until - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("no time left")
        query = {"function": "TIME_SERIES_DAILY", "outputsize": size, "symbol": symbol, "apikey": self._key}
        response = client.get("/query", params=query, timeout=min(left, _ONE_REQUEST))
        if response.status_code >= 500:
            raise _ServerError(f"status {response.status_code}")
        return response

    def _content(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code != httpx.codes.OK:
            raise SourceUnavailableError(f"alphavantage: expected status 200, got {response.status_code}")
        try:
            content = response.json()
        except ValueError as err:
            raise SourceUnavailableError("alphavantage: expected JSON, got something else") from err
        if not isinstance(content, dict):
            raise SourceUnavailableError(f"alphavantage: expected a JSON object, got {type(content).__name__}")
        return content

    def _hide(self, text: str) -> str:
        return text.replace(self._key, "***")


def their_symbol(symbol: str) -> str:
    """Alpha Vantage's name for a symbol of Yahoo Finance: PETR4.SA is PETR4.SAO there.

    Raises:
        NoSuchSymbolError: it has none.
    """
    name, dot, suffix = symbol.upper().rpartition(".")
    if not dot and symbol[:1] != "^" and "=" not in symbol:
        return symbol.upper()
    if suffix not in _SUFFIX or not dot:
        raise NoSuchSymbolError(f"alphavantage: has no symbol for {symbol}")
    return f"{name}.{_SUFFIX[suffix]}"


def parse_daily(content: dict[str, Any], symbol: str, key: str) -> pd.DataFrame:
    """The answer's table, as `RawPrices` has it.

    Args:
        content: the JSON answer.
        symbol: what was asked for.
        key: the user's, to keep it out of messages: the service repeats it in its own.

    Raises:
        SourceUnavailableError: the answer is a limit's (`Note`, `Information`).
        NoSuchSymbolError: the answer is an `Error Message`.
        DataQualityError: it holds no table of prices.
    """
    for limit in ("Note", "Information"):
        if limit in content:
            raise SourceUnavailableError(f"alphavantage: {_sentence(content[limit], key)}")
    if "Error Message" in content:
        raise NoSuchSymbolError(f"alphavantage: no symbol {symbol}: {_sentence(content['Error Message'], key)}")
    days = content.get(_SERIES)
    if not isinstance(days, dict) or not days:
        raise DataQualityError(f"alphavantage {symbol}: expected '{_SERIES}', got: {', '.join(content) or 'nothing'}")
    try:
        table = {name: np.array([float(bar[field]) for bar in days.values()]) for field, name in _FIELDS.items()}
        dates = pd.to_datetime(list(days), format="%Y-%m-%d").astype("datetime64[ns]")
    except (KeyError, TypeError, ValueError) as err:
        raise DataQualityError(f"alphavantage {symbol}: expected numbers by date, got {err!r}") from err
    frame = pd.DataFrame({"date": dates, **table}, index=pd.RangeIndex(1, len(days) + 1, name="row"))
    return frame.sort_values("date", kind="stable")  # newest first as it comes


def _sentence(text: object, key: str) -> str:
    return " ".join(str(text).split()).replace(key, "***")[:300]


def _may_pass(err: BaseException) -> bool:
    return isinstance(err, (httpx.TimeoutException, httpx.RemoteProtocolError, _ServerError))


@contextmanager
def _without(key: str) -> Iterator[None]:
    """Keeps log records that hold the key from being written: httpx logs every address with its query."""

    def harmless(record: logging.LogRecord) -> bool:
        return key not in record.getMessage()

    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore.http11", "httpcore.connection")]
    for logger in loggers:
        logger.addFilter(harmless)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(harmless)
