"""Yahoo Finance by yfinance: the whole history, with the splits it knows."""

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
from model.prices.sources.retry import ask
from model.prices.sources.source import Progress, RawPrices, silent
from model.prices.splits import Split

DEADLINE: Final = 20.0  # seconds
_ONE_REQUEST: Final = 10.0  # seconds
_COLUMNS: Final = ("Open", "High", "Low", "Close", "Volume")
_CHART: Final = "/v8/finance/chart/"


class YahooSource:
    """Daily bars of Yahoo Finance. Its closes are adjusted for splits, and not for dividends."""

    name: Final = "yahoo"

    def __init__(self, deadline: float = DEADLINE, base_url: str | None = None) -> None:
        """Does not connect yet.

        Args:
            deadline: seconds that one symbol may take, all attempts together.
            base_url: scheme, host and port that stand in for all of Yahoo's, e.g. of a mirror.
        """
        self._deadline = deadline
        self._base_url = base_url

    def fetch(self, symbol: str, *, now: datetime, progress: Progress = silent) -> RawPrices:
        """The whole history of a symbol; see `Source.fetch`.

        A refused connection or a name that cannot be resolved is an answer at once; timeouts, rate limits and broken
        answers are asked again until the deadline.
        """
        progress(0, 1, f"{self.name} {symbol}")
        with _Session(self._deadline, self._base_url) as session:
            try:
                with _outspoken():
                    table = ask(lambda: _history(symbol, session), again=_may_pass, deadline=self._deadline)
            # yfinance lets whatever its parsing of an odd answer raises through.
            except Exception as err:
                if session.not_found:
                    raise NoSuchSymbolError(f"yahoo: no symbol {symbol}") from err
                raise SourceUnavailableError(f"yahoo: {_plain(err, self._deadline)}") from err
        raw = parse_history(table, symbol, now)
        progress(1, 1, f"{self.name} {symbol}")
        return raw


def parse_history(table: pd.DataFrame, symbol: str, now: datetime) -> RawPrices:
    """What `yfinance.Ticker.history(auto_adjust=False, actions=True)` returns, as raw prices.

    Rows without a close are left out: Yahoo has them for days that it knows nothing of. The calendar's check lists
    them as missing where they were sessions.

    Args:
        table: index of days (midnight at the exchange, with time zone), columns Open, High, Low, Close, Volume,
            Stock Splits (new shares for one old, 0 on other days).
        symbol: what was asked for.
        now: time of the download, with time zone.

    Raises:
        DataQualityError: a column is missing.
    """
    absent = [column for column in (*_COLUMNS, "Stock Splits") if column not in table]
    if absent:
        raise DataQualityError(f"yahoo {symbol}: expected a column '{absent[0]}', got: {', '.join(table.columns)}")
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
    splits = tuple(Split(day.date(), float(ratio)) for day, ratio in zip(days[known], ratios[known], strict=True))
    return RawPrices(symbol, "yahoo", frame[frame["close"].notna()], now, splits, split_adjusted=True)


def _history(symbol: str, session: "_Session") -> pd.DataFrame:
    # Answers are kept for the life of the process otherwise, "no such symbol" among them.
    YfData.cache_get.cache_clear()
    ticker = yfinance.Ticker(symbol, session=session)
    table: pd.DataFrame = ticker.history(period="max", interval="1d", auto_adjust=False, actions=True)
    return table


class _Session(requests.Session[requests.Response]):
    """Keeps every request of yfinance, which has timeouts of its own, within one deadline."""

    def __init__(self, deadline: float, base_url: str | None) -> None:
        super().__init__(impersonate="chrome")
        self._until = time.monotonic() + deadline
        self._base_url = base_url
        self.not_found = False

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        left = self._until - time.monotonic()
        if left <= 0:
            raise Timeout("no time left")
        parts = urlsplit(url)
        if self._base_url is not None:
            url = self._base_url.rstrip("/") + parts.path
        response = super().request(method, url, *args, **{**kwargs, "timeout": min(left, _ONE_REQUEST)})
        if parts.path.startswith(_CHART):
            self.not_found = response.status_code == 404
        return response


@contextmanager
def _outspoken() -> Iterator[None]:
    """Makes yfinance raise what it would log, log nothing, and write nothing to the user's home."""
    # A location that is no folder: yfinance then goes without its caches.
    yfinance.set_tz_cache_location(os.devnull)
    logger = logging.getLogger("yfinance")
    hidden, disabled = YfConfig.debug.hide_exceptions, logger.disabled
    YfConfig.debug.hide_exceptions, logger.disabled = False, True
    try:
        yield
    finally:
        YfConfig.debug.hide_exceptions, logger.disabled = hidden, disabled


def _may_pass(err: BaseException) -> bool:
    # A broken answer, an error page for JSON say, is a ValueError.
    return isinstance(err, (Timeout, YFRateLimitError, ValueError)) or (
        isinstance(err, YFException) and "CURRENTLY DOWN" in str(err)
    )


def _plain(err: Exception, deadline: float) -> str:
    if isinstance(err, Timeout):
        return f"no answer within {deadline:g} s"
    if isinstance(err, YFRateLimitError):
        return "too many requests for now"
    if isinstance(err, RequestException) and not isinstance(err, ValueError):
        return "could not be reached: " + str(err).partition(". See ")[0].removeprefix("Failed to perform, ")
    reason = str(err).partition("\n")[0]
    return f"answered with something else than prices: {reason or type(err).__name__}"
