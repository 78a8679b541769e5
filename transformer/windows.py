"""Windows by symbol from the price store, cached until the stored file changes."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import structlog

from model.contract.arrays import f8
from model.contract.errors import NotFoundError, PricesError, UnavailableError
from model.contract.window import WINDOW
from model.prices.freshness import is_stale, sessions_behind, target_session
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

_log = structlog.get_logger()

_FIRST_READ_SECONDS: Final = 5.0  # time that a request waits for a symbol that is not cached
_REFRESH_SECONDS: Final = 0.5  # time that a request waits for an update of a cached symbol before it uses the cache


@dataclass(frozen=True, slots=True, eq=False)
class SymbolWindow:
    """The last 60 closes of a symbol, and their dates.

    Attributes:
        series: All stored closes.
        closes: Float64 [60], split-adjusted, in price units.
        data_until: ISO date of the last close.
        target: ISO date of the session that is forecast.
    """

    series: PriceSeries
    closes: f8
    data_until: str
    target: str

    def behind(self, now: datetime) -> int:
        """Count the finished sessions after the last close."""
        return sessions_behind(self.series, now)

    def stale(self, now: datetime) -> bool:
        """Whether more than one finished session is missing."""
        return is_stale(self.series, now)


@dataclass(frozen=True, slots=True, eq=False)
class _Cached:
    checked_at: float
    stamp: str
    window: SymbolWindow


class WindowCache:
    """Cache of the price store for requests.

    A file is checked for changes at most once in `check_seconds`; other requests cost only a dictionary look-up. If the
    store cannot be reached or is slow, the cached closes are used.
    """

    def __init__(self, store: PriceStore, check_seconds: float) -> None:
        self._store = store
        self._check_seconds = check_seconds
        self._cache: dict[str, _Cached] = {}
        self._reads: dict[str, asyncio.Task[SymbolWindow]] = {}
        self._symbols: list[str] | None = None

    async def symbols(self) -> list[str]:
        """List the stored symbols; if the store cannot be listed now, return the last known ones.

        Raises:
            UnavailableError: The store cannot be listed, and was never listed before.
        """
        try:
            self._symbols = await asyncio.to_thread(self._store.symbols)
        except PricesError as error:
            if self._symbols is None:
                raise UnavailableError("the price store cannot be listed now") from error
            _log.warning("the price store cannot be listed, using the last known symbols", reason=str(error))
        return self._symbols

    async def of(self, symbol: str) -> SymbolWindow:
        """Return the window of a symbol.

        Raises:
            UnknownSymbolError: The store does not contain the symbol.
            NotFoundError: The store has fewer than 60 closes of the symbol.
            UnavailableError: The file of the symbol cannot be read, and was never read before.
        """
        cached = self._cache.get(symbol)
        if cached is not None and time.monotonic() - cached.checked_at < self._check_seconds:
            return cached.window
        read, started = self._start_read(symbol, cached)
        if cached is not None and not started:
            return cached.window
        # The read continues after the timeout, for later requests.
        await asyncio.wait({read}, timeout=_FIRST_READ_SECONDS if cached is None else _REFRESH_SECONDS)
        if read.done():
            return read.result()
        if cached is None:
            raise UnavailableError(f"symbol {symbol!r}: its stored prices cannot be read now")
        return cached.window

    def _start_read(self, symbol: str, cached: _Cached | None) -> tuple[asyncio.Task[SymbolWindow], bool]:
        """Return the running read of a symbol, or start one; the flag is True if it was started."""
        if symbol in self._reads:
            return self._reads[symbol], False
        read = asyncio.create_task(asyncio.to_thread(self._read, symbol, cached))
        self._reads[symbol] = read

        def finish(done: asyncio.Task[SymbolWindow]) -> None:
            del self._reads[symbol]
            if not done.cancelled():
                done.exception()  # retrieved here, because no request may be waiting any more

        read.add_done_callback(finish)
        return read, True

    def _read(self, symbol: str, cached: _Cached | None) -> SymbolWindow:
        try:
            stamp = self._store.stamp(symbol)
            unchanged = cached is not None and cached.stamp == stamp
            window = cached.window if cached and unchanged else _window(self._store.read(symbol))
        except NotFoundError:
            self._cache.pop(symbol, None)
            raise
        except PricesError as error:
            if cached is None:
                _log.warning("stored prices cannot be read", symbol=symbol, reason=str(error))
                raise UnavailableError(f"symbol {symbol!r}: its stored prices cannot be read now") from error
            _log.warning("stored prices cannot be read, using the cached ones", symbol=symbol, reason=str(error))
            stamp, window = cached.stamp, cached.window
        self._cache[symbol] = _Cached(time.monotonic(), stamp, window)
        return window


def _window(series: PriceSeries) -> SymbolWindow:
    if len(series) < WINDOW:
        raise NotFoundError(f"symbol {series.symbol!r}: expected {WINDOW} stored closes, got {len(series)}")
    return SymbolWindow(
        series=series,
        closes=np.ascontiguousarray(series.adjusted[-WINDOW:]),
        data_until=series.last.isoformat(),
        target=target_session(series).isoformat(),
    )
