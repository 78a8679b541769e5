"""Yahoo Finance through yfinance: the whole history of a symbol, with its splits."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import yfinance
from curl_cffi import requests
from curl_cffi.requests.exceptions import RequestException, Timeout
from yfinance.config import YfConfig
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFRateLimitError

from model.contract.errors import DataQualityError, NoSuchSymbolError, SourceUnavailableError
from model.prices.sources.retry import call_with_retry
from model.prices.sources.source import Progress, RawPrices, no_progress
from model.prices.stock_splits import StockSplit

DEADLINE: Final = 20.0  # seconds
_REQUEST_TIMEOUT: Final = 10.0  # seconds
_COLUMNS: Final = ("Open", "High", "Low", "Close", "Volume")
_CHART_PATH: Final = "/v8/finance/chart/"


class YahooSource:
    """Daily bars of Yahoo Finance. Its closes are adjusted for splits but not for dividends."""

    name: Final = "yahoo"

    def __init__(self, deadline: float = DEADLINE, base_url: str | None = None) -> None:
        """Create a source; connects on `fetch`.

        Args:
            deadline: Time limit for one symbol including all attempts, in seconds.
            base_url: Scheme, host and port that replace those of Yahoo, e.g. of a mirror.
        """
        self._deadline = deadline
        self._base_url = base_url

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = no_progress) -> RawPrices:
        """Fetch the whole history of a symbol; see `Source.fetch`.

        A refused connection or a failed name resolution fails immediately. Timeouts, rate limits and malformed answers
        are retried until the deadline.
        """
        progress(0, 1, f"{self.name} {symbol}")
        with _DeadlineSession(self._deadline, self._base_url) as session:
            try:
                with _errors_raised():
                    table = call_with_retry(
                        lambda: _fetch_history(symbol, session), again=_is_transient, deadline=self._deadline
                    )
            # yfinance does not catch errors of its parser, so an unexpected answer may raise any exception.
            except Exception as err:
                if session.not_found:
                    raise NoSuchSymbolError(f"yahoo: no symbol {symbol}") from err
                raise SourceUnavailableError(f"yahoo: {_reason(err, self._deadline)}") from err
        raw = parse_history(table, symbol, now)
        progress(1, 1, f"{self.name} {symbol}")
        return raw


def parse_history(table: pd.DataFrame, symbol: str, now: datetime) -> RawPrices:
    """Convert the result of `yfinance.Ticker.history(auto_adjust=False, actions=True)` into raw prices.

    Rows without a close are dropped: Yahoo returns them for days without data. If such a day was a session, cleaning
    reports it as missing.

    Args:
        table: Index of days (midnight at the exchange, with time zone); columns Open, High, Low, Close, Volume and
            Stock Splits (new shares for one old share, 0 on other days).
        symbol: The requested symbol.
        now: Time of the download, with time zone.

    Raises:
        DataQualityError: A column is missing.
    """
    missing = [column for column in (*_COLUMNS, "Stock Splits") if column not in table]
    if missing:
        raise DataQualityError(f"yahoo {symbol}: expected a column '{missing[0]}', got: {', '.join(table.columns)}")
    days = pd.DatetimeIndex(table.index).tz_localize(None).normalize()
    frame = pd.DataFrame(
        {
            "date": days.astype("datetime64[ns]"),
            **{column.lower(): table[column].to_numpy(dtype=np.float64) for column in _COLUMNS},
        },
        index=pd.RangeIndex(1, len(table) + 1, name="row"),
    )
    ratios = table["Stock Splits"].to_numpy(dtype=np.float64)
    known = (ratios > 0) & (ratios != 1)
    splits = tuple(StockSplit(day.date(), float(ratio)) for day, ratio in zip(days[known], ratios[known], strict=True))
    return RawPrices(symbol, "yahoo", frame[frame["close"].notna()], now, splits, split_adjusted=True)


def _fetch_history(symbol: str, session: "_DeadlineSession") -> pd.DataFrame:
    # yfinance caches answers for the lifetime of the process, including "no such symbol".
    YfData.cache_get.cache_clear()
    ticker = yfinance.Ticker(symbol, session=session)
    table: pd.DataFrame = ticker.history(period="max", interval="1d", auto_adjust=False, actions=True)
    return table


class _DeadlineSession(requests.Session[requests.Response]):
    """HTTP session that limits all requests of yfinance to one deadline, overriding the timeouts of yfinance."""

    def __init__(self, deadline: float, base_url: str | None) -> None:
        super().__init__(impersonate="chrome")
        self._end = time.monotonic() + deadline
        self._base_url = base_url
        self.not_found = False

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise Timeout("deadline exceeded")
        parts = urlsplit(url)
        if self._base_url is not None:
            url = self._base_url.rstrip("/") + parts.path
        response = super().request(method, url, *args, **{**kwargs, "timeout": min(remaining, _REQUEST_TIMEOUT)})
        if parts.path.startswith(_CHART_PATH):
            self.not_found = response.status_code == 404
        return response


@contextmanager
def _errors_raised() -> Iterator[None]:
    """Make yfinance raise errors instead of logging them, and write nothing to the user's home directory."""
    # Not a folder, so yfinance runs without its caches.
    yfinance.set_tz_cache_location(os.devnull)
    logger = logging.getLogger("yfinance")
    hidden, disabled = YfConfig.debug.hide_exceptions, logger.disabled
    YfConfig.debug.hide_exceptions, logger.disabled = False, True
    try:
        yield
    finally:
        YfConfig.debug.hide_exceptions, logger.disabled = hidden, disabled


def _is_transient(err: BaseException) -> bool:
    # A malformed answer, such as an HTML error page instead of JSON, raises a ValueError.
    return isinstance(err, (Timeout, YFRateLimitError, ValueError)) or (
        isinstance(err, YFException) and "CURRENTLY DOWN" in str(err)
    )


def _reason(err: Exception, deadline: float) -> str:
    if isinstance(err, Timeout):
        return f"no answer within {deadline:g} s"
    if isinstance(err, YFRateLimitError):
        return "too many requests"
    if isinstance(err, RequestException) and not isinstance(err, ValueError):
        return "could not be reached: " + str(err).partition(". See ")[0].removeprefix("Failed to perform, ")
    reason = str(err).partition("\n")[0]
    return f"expected prices, got another answer: {reason or type(err).__name__}"
