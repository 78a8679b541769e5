"""Alpha Vantage's TIME_SERIES_DAILY: closes as traded. It reports exceeded limits with status 200 and a text."""

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
from model.prices.sources.retry import call_with_retry
from model.prices.sources.source import Progress, RawPrices, no_progress

BASE_URL: Final = "https://www.alphavantage.co"
DEADLINE: Final = 20.0  # seconds
_REQUEST_TIMEOUT: Final = 10.0  # seconds
_PAUSE: Final = 1.2  # seconds: free keys allow one request per second
_SERIES: Final = "Time Series (Daily)"
_FIELDS: Final = {"1. open": "open", "2. high": "high", "3. low": "low", "4. close": "close", "5. volume": "volume"}
# Yahoo's suffixes -> Alpha Vantage's. This endpoint has no other exchanges, no indices and no currencies.
_SUFFIXES: Final = {
    "SA": "SAO", "L": "LON", "TO": "TRT", "V": "TRV", "DE": "DEX", "BO": "BSE", "SS": "SHH", "SZ": "SHZ",
}  # fmt: skip


class _ServerError(Exception):
    """A status of 500 and above."""


class AlphaVantageSource:
    """Daily bars of Alpha Vantage, without splits. The key never appears in a message or a log."""

    name: Final = "alphavantage"

    def __init__(self, key: str, deadline: float = DEADLINE, base_url: str = BASE_URL) -> None:
        """Create a source; connects on `fetch`.

        Args:
            key: The user's API key.
            deadline: Time limit for one symbol including all attempts, in seconds.
            base_url: Scheme, host and port.
        """
        self._key = key
        self._deadline = deadline
        self._base_url = base_url

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = no_progress) -> RawPrices:
        """Fetch the history of a symbol, or its last 100 sessions if the key's plan has no more; see `Source.fetch`."""
        vendor_symbol = alphavantage_symbol(symbol)
        progress(0, 1, f"{self.name} {symbol}")
        try:
            with _key_not_logged(self._key), httpx.Client(base_url=self._base_url) as client:
                content, recent_only = self._fetch_json(client, vendor_symbol)
        except httpx.TimeoutException as err:
            raise SourceUnavailableError(f"alphavantage: no answer within {self._deadline:g} s") from err
        except (httpx.HTTPError, _ServerError) as err:
            raise SourceUnavailableError(f"alphavantage: could not be reached: {self._redact(str(err))}") from err
        frame = parse_daily(content, symbol, self._key)
        progress(1, 1, f"{self.name} {symbol}")
        return RawPrices(symbol, self.name, frame, now, recent_only=recent_only)

    def _fetch_json(self, client: httpx.Client, symbol: str) -> tuple[dict[str, Any], bool]:
        """Fetch the JSON answer, and report whether it contains only the last 100 sessions."""
        end = time.monotonic() + self._deadline

        def fetch(size: str) -> dict[str, Any]:
            remaining = end - time.monotonic()
            answer = call_with_retry(
                lambda: self._get(client, symbol, size, end), again=_is_transient, deadline=remaining
            )
            return self._parse_json(answer)

        full = fetch("full")
        refusal = str(full.get("Information", "")).lower()
        if "premium" not in refusal or "rate limit" in refusal:
            return full, False
        time.sleep(_PAUSE)
        return fetch("compact"), True

    def _get(self, client: httpx.Client, symbol: str, size: str, end: float) -> httpx.Response:
        remaining = end - time.monotonic()
        if remaining <= 0:
            raise httpx.ReadTimeout("deadline exceeded")
        query = {"function": "TIME_SERIES_DAILY", "outputsize": size, "symbol": symbol, "apikey": self._key}
        response = client.get("/query", params=query, timeout=min(remaining, _REQUEST_TIMEOUT))
        if response.status_code >= 500:
            raise _ServerError(f"status {response.status_code}")
        return response

    def _parse_json(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code != httpx.codes.OK:
            raise SourceUnavailableError(f"alphavantage: expected status 200, got {response.status_code}")
        try:
            content = response.json()
        except ValueError as err:
            raise SourceUnavailableError("alphavantage: expected JSON, got something else") from err
        if not isinstance(content, dict):
            raise SourceUnavailableError(f"alphavantage: expected a JSON object, got {type(content).__name__}")
        return content

    def _redact(self, text: str) -> str:
        return text.replace(self._key, "***")


def alphavantage_symbol(symbol: str) -> str:
    """Translate a Yahoo Finance symbol into Alpha Vantage's notation: PETR4.SA is PETR4.SAO there.

    Raises:
        NoSuchSymbolError: Alpha Vantage has no such symbol.
    """
    name, dot, suffix = symbol.upper().rpartition(".")
    if not dot and symbol[:1] != "^" and "=" not in symbol:
        return symbol.upper()
    if suffix not in _SUFFIXES or not dot:
        raise NoSuchSymbolError(f"alphavantage: has no symbol for {symbol}")
    return f"{name}.{_SUFFIXES[suffix]}"


def parse_daily(content: dict[str, Any], symbol: str, key: str) -> pd.DataFrame:
    """Convert a JSON answer into the frame of `RawPrices`.

    Args:
        content: The JSON answer.
        symbol: The requested symbol.
        key: The user's API key. It is removed from error messages, because the service's messages contain it.

    Raises:
        SourceUnavailableError: The answer reports a limit (`Note`, `Information`).
        NoSuchSymbolError: The answer is an `Error Message`.
        DataQualityError: The answer contains no table of prices.
    """
    for limit in ("Note", "Information"):
        if limit in content:
            raise SourceUnavailableError(f"alphavantage: {_redacted_text(content[limit], key)}")
    if "Error Message" in content:
        raise NoSuchSymbolError(f"alphavantage: no symbol {symbol}: {_redacted_text(content['Error Message'], key)}")
    days = content.get(_SERIES)
    if not isinstance(days, dict) or not days:
        raise DataQualityError(f"alphavantage {symbol}: expected '{_SERIES}', got: {', '.join(content) or 'nothing'}")
    try:
        table = {name: np.array([float(bar[field]) for bar in days.values()]) for field, name in _FIELDS.items()}
        dates = pd.to_datetime(list(days), format="%Y-%m-%d").astype("datetime64[ns]")
    except (KeyError, TypeError, ValueError) as err:
        raise DataQualityError(f"alphavantage {symbol}: expected numbers by date, got {err!r}") from err
    frame = pd.DataFrame({"date": dates, **table}, index=pd.RangeIndex(1, len(days) + 1, name="row"))
    return frame.sort_values("date", kind="stable")  # the answer is sorted newest first


def _redacted_text(text: object, key: str) -> str:
    return " ".join(str(text).split()).replace(key, "***")[:300]


def _is_transient(err: BaseException) -> bool:
    return isinstance(err, (httpx.TimeoutException, httpx.RemoteProtocolError, _ServerError))


@contextmanager
def _key_not_logged(key: str) -> Iterator[None]:
    """Suppress log records that contain the key: httpx logs every URL with its query."""

    def without_key(record: logging.LogRecord) -> bool:
        return key not in record.getMessage()

    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore.http11", "httpcore.connection")]
    for logger in loggers:
        logger.addFilter(without_key)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(without_key)
