"""Background checks for metrics: age and interval coverage of stored prices, and the state files of the jobs."""

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
from model.state.folder import StateFolder
from model.state.snapshot import StateSnapshot, read_snapshot
from transformer.transformer import Transformer
from transformer.transformer_metrics import BAND_CLOSES, DATA_UNTIL, SESSIONS_BEHIND
from transformer.windows import SymbolWindow, WindowCache

_log = structlog.get_logger()
_LOWER, _UPPER = INTERVALS[90]


class StoreWatch:
    """Updates metrics of the price store: age of prices, and whether new closes are inside their forecast intervals.

    The forecast for a new close is computed by this service from the window before it, as for a client.
    """

    def __init__(self, transformer: Transformer, windows: WindowCache, every_seconds: float) -> None:
        self._transformer = transformer
        self._windows = windows
        self._every_seconds = every_seconds
        self._last_seen: dict[str, np.datetime64] = {}
        self._sources: dict[str, str] = {}

    async def run(self) -> None:
        """Check the price store periodically until cancelled."""
        while True:
            try:
                await self.check()
            except NextcloseError as error:
                _log.warning("the price store cannot be checked now", reason=str(error))
            await asyncio.sleep(self._every_seconds)

    async def check(self) -> None:
        """Check every symbol once; symbols that fail are skipped."""
        symbols = await self._windows.symbols()
        for removed in self._sources.keys() - set(symbols):
            DATA_UNTIL.remove(removed, self._sources.pop(removed))
            SESSIONS_BEHIND.remove(removed)
            self._last_seen.pop(removed, None)
        for symbol in symbols:
            try:
                window = await self._windows.of(symbol)
                self._update_age(symbol, window)
                await self._compare(window.series)
            except NextcloseError as error:
                _log.debug("a symbol cannot be checked now", symbol=symbol, reason=str(error))

    def _update_age(self, symbol: str, window: SymbolWindow) -> None:
        source = window.series.source
        previous = self._sources.get(symbol, source)
        if previous != source:
            DATA_UNTIL.remove(symbol, previous)
        self._sources[symbol] = source
        midnight = datetime.combine(window.series.last, time(), tzinfo=UTC)
        DATA_UNTIL.labels(symbol, source).set(midnight.timestamp())
        SESSIONS_BEHIND.labels(symbol).set(window.behind(datetime.now(UTC)))

    async def _compare(self, series: PriceSeries) -> None:
        # Closes that were stored before the process started are not compared.
        since = self._last_seen.setdefault(series.symbol, series.dates[-1])
        first_new = int(np.searchsorted(series.dates, since, side="right"))
        for end in range(max(first_new, WINDOW), len(series)):
            request = InferRequest(
                {names.CLOSE: series.adjusted[None, end - WINDOW : end]}, parameters={names.ALLOW_JUMPS: True}
            )
            response = await self._transformer.infer(request)
            quantiles = response.outputs[names.QUANTILES][0]
            inside = quantiles[_LOWER] <= series.adjusted[end] <= quantiles[_UPPER]
            BAND_CLOSES.labels("inside" if inside else "outside").inc()
            self._last_seen[series.symbol] = series.dates[end]


class StateWatch:
    """Reads status and ledger of the jobs periodically: jobs exit before Prometheus can scrape them."""

    def __init__(self, folder: StateFolder, every_seconds: float) -> None:
        self._folder = folder
        self._every_seconds = every_seconds
        self._snapshot = StateSnapshot()

    def snapshot(self) -> StateSnapshot:
        """Return status and ledger as last read."""
        return self._snapshot

    async def run(self) -> None:
        """Read both files periodically until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._every_seconds)

    async def refresh(self) -> None:
        """Read both files once; log when a file becomes corrupt or unreadable."""
        previous = self._snapshot.conditions
        self._snapshot = await asyncio.to_thread(read_snapshot, self._folder, self._snapshot)
        for file, condition in self._snapshot.conditions.items():
            if condition in {"corrupt", "unreadable"} and previous.get(file) != condition:
                _log.warning("a state file of the jobs cannot be used", file=file, condition=condition)
