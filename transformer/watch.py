"""What the transformer watches beside requests: the age of stored prices, and new closes against the served band."""

import asyncio
from datetime import UTC, datetime, time

import numpy as np
import structlog

from model.contract import names
from model.contract.errors import NextcloseError
from model.contract.levels import INTERVALS
from model.contract.window import WINDOW
from model.prices.series import PriceSeries
from model.protocol.tensors import InferRequest
from transformer.metrics import BAND_CLOSES, DATA_UNTIL, SESSIONS_BEHIND
from transformer.transformer import Transformer
from transformer.windows import SymbolWindow, Windows, utc_now

_log = structlog.get_logger()
_LOWER, _UPPER = INTERVALS[90]


class StoreWatch:
    """Follows the price store: ages as metrics, and every new close is held against the forecast for its session.

    The forecast is asked of this very service by the window before the close, as a client would have got it.
    """

    def __init__(self, transformer: Transformer, windows: Windows, every_seconds: float) -> None:
        self._transformer = transformer
        self._windows = windows
        self._every_seconds = every_seconds
        self._seen: dict[str, np.datetime64] = {}
        self._sources: dict[str, str] = {}

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            try:
                await self.look()
            except NextcloseError as error:
                _log.warning("the price store cannot be watched now", reason=str(error))
            await asyncio.sleep(self._every_seconds)

    async def look(self) -> None:
        """Looks at every symbol once; one that cannot be read or asked for disturbs no other."""
        symbols = await self._windows.symbols()
        for gone in self._sources.keys() - set(symbols):
            DATA_UNTIL.remove(gone, self._sources.pop(gone))
            SESSIONS_BEHIND.remove(gone)
            self._seen.pop(gone, None)
        for symbol in symbols:
            try:
                window = await self._windows.of(symbol)
                self._tell_age(symbol, window)
                await self._score(window.series)
            except NextcloseError as error:
                _log.debug("a symbol is not watched now", symbol=symbol, reason=str(error))

    def _tell_age(self, symbol: str, window: SymbolWindow) -> None:
        source = window.series.source
        former = self._sources.get(symbol, source)
        if former != source:
            DATA_UNTIL.remove(symbol, former)
        self._sources[symbol] = source
        midnight = datetime.combine(window.series.last, time(), tzinfo=UTC)
        DATA_UNTIL.labels(symbol, source).set(midnight.timestamp())
        SESSIONS_BEHIND.labels(symbol).set(window.behind(utc_now()))

    async def _score(self, series: PriceSeries) -> None:
        # What is stored when the process starts was forecast by nobody that this process knows of.
        since = self._seen.setdefault(series.symbol, series.dates[-1])
        first_new = int(np.searchsorted(series.dates, since, side="right"))
        for end in range(max(first_new, WINDOW), len(series)):
            request = InferRequest(
                {names.CLOSE: series.adjusted[None, end - WINDOW : end]}, parameters={names.ALLOW_JUMPS: True}
            )
            response = await self._transformer.infer(request)
            band = response.outputs[names.QUANTILES][0]
            inside = band[_LOWER] <= series.adjusted[end] <= band[_UPPER]
            BAND_CLOSES.labels("inside" if inside else "outside").inc()
            self._seen[series.symbol] = series.dates[end]
