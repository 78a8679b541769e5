"""Windows by symbol, from the price store: read once, and again when the store's file changes."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from model.contract.errors import NotFoundError, PricesError, UnavailableError
from model.contract.window import WINDOW
from model.prices.freshness import is_stale, sessions_behind, target_session
from model.prices.series import PriceSeries
from model.prices.store import PriceStore

_log = structlog.get_logger()

f8 = NDArray[np.float64]
_FIRST_SECONDS: Final = 5.0  # that a request waits for a symbol that was never read
_AGAIN_SECONDS: Final = 0.5  # and for news of one that was: then the former closes are used


@dataclass(frozen=True, slots=True, eq=False)
class SymbolWindow:
    """The last 60 closes of a symbol and what is known about them.

    Attributes:
        series: all stored closes. closes: float64 [60], split-adjusted. data_until, target: ISO dates.
    """

    series: PriceSeries
    closes: f8
    data_until: str
    target: str

    def behind(self, now: datetime) -> int:
        """Sessions that have ended since the last close."""
        return sessions_behind(self.series, now)

    def stale(self, now: datetime) -> bool:
        """Whether more than one of them is missing."""
        return is_stale(self.series, now)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    looked_at: float
    stamp: str
    window: SymbolWindow


class Windows:
    """The price store as requests read it.

    A file is looked at for a change at most once in `check_seconds`, so a request costs a dictionary look-up. While a
    store cannot be reached, or takes its time, what was read before is used.
    """

    def __init__(self, store: PriceStore, check_seconds: float) -> None:
        self._store = store
        self._check_seconds = check_seconds
        self._known: dict[str, _Known] = {}
        self._looks: dict[str, asyncio.Task[SymbolWindow]] = {}
        self._symbols: list[str] | None = None

    async def symbols(self) -> list[str]:
        """Symbols that the store holds, or held when it could last be listed.

        Raises:
            UnavailableError: it cannot be listed, and never could be.
        """
        try:
            self._symbols = await asyncio.to_thread(self._store.symbols)
        except PricesError as error:
            if self._symbols is None:
                raise UnavailableError("the price store cannot be listed now") from error
            _log.warning("the price store cannot be listed, the former symbols are used", reason=str(error))
        return self._symbols

    async def of(self, symbol: str) -> SymbolWindow:
        """The window of a symbol.

        Raises:
            UnknownSymbolError: the store has no such symbol.
            NotFoundError: it has fewer than 60 closes of it.
            UnavailableError: its file cannot be read, and never could be.
        """
        known = self._known.get(symbol)
        if known is not None and time.monotonic() - known.looked_at < self._check_seconds:
            return known.window
        look, begun = self._begin_look(symbol, known)
        if known is not None and not begun:
            return known.window
        # A request that gives up leaves the look to those that come after it.
        await asyncio.wait({look}, timeout=_FIRST_SECONDS if known is None else _AGAIN_SECONDS)
        if look.done():
            return look.result()
        if known is None:
            raise UnavailableError(f"symbol {symbol!r}: its stored prices cannot be read now")
        return known.window

    def _begin_look(self, symbol: str, known: _Known | None) -> tuple[asyncio.Task[SymbolWindow], bool]:
        """The look at a symbol that is under way, or another; whether it is begun here."""
        if symbol in self._looks:
            return self._looks[symbol], False
        look = asyncio.create_task(asyncio.to_thread(self._look, symbol, known))
        self._looks[symbol] = look

        def end(done: asyncio.Task[SymbolWindow]) -> None:
            del self._looks[symbol]
            if not done.cancelled():
                done.exception()  # nobody may have waited for it

        look.add_done_callback(end)
        return look, True

    def _look(self, symbol: str, known: _Known | None) -> SymbolWindow:
        try:
            stamp = self._store.stamp(symbol)
            unchanged = known is not None and known.stamp == stamp
            window = known.window if known and unchanged else _window(self._store.read(symbol))
        except NotFoundError:
            self._known.pop(symbol, None)
            raise
        except PricesError as error:
            if known is None:
                _log.warning("stored prices cannot be read", symbol=symbol, reason=str(error))
                raise UnavailableError(f"symbol {symbol!r}: its stored prices cannot be read now") from error
            _log.warning("stored prices cannot be read, the former ones are used", symbol=symbol, reason=str(error))
            stamp, window = known.stamp, known.window
        self._known[symbol] = _Known(time.monotonic(), stamp, window)
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


def utc_now() -> datetime:
    """The time by which data is fresh or stale."""
    return datetime.now(UTC)
