"""What the transformer watches beside requests: the age of stored prices, and new closes against the served band."""

import asyncio
from datetime import UTC, datetime, time

import structlog

from model.contract import names
from model.contract.errors import NextcloseError
from model.contract.levels import INTERVALS
from model.contract.window import WINDOW
from model.prices.series import PriceSeries
from model.protocol.tensors import InferRequest
from transformer.metrics import BAND_CLOSES, DATA_UNTIL, SESSIONS_BEHIND
from transformer.transformer import Transformer
from transformer.windows import Windows, utc_now

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
        self._seen: dict[str, int] = {}

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            try:
                await self.look()
            except NextcloseError as error:
                _log.warning("the price store cannot be watched now", reason=str(error))
            await asyncio.sleep(self._every_seconds)

    async def look(self) -> None:
        """Looks at every symbol once."""
        DATA_UNTIL.clear()
        SESSIONS_BEHIND.clear()
        for symbol in await self._windows.symbols():
            try:
                window = await self._windows.of(symbol)
            except NextcloseError:
                continue  # too short, gone or unreadable: requests for it say so
            midnight = datetime.combine(window.series.last, time(), tzinfo=UTC)
            DATA_UNTIL.labels(symbol, window.series.source).set(midnight.timestamp())
            SESSIONS_BEHIND.labels(symbol).set(window.behind(utc_now()))
            await self._score(window.series)

    async def _score(self, series: PriceSeries) -> None:
        last = int(series.dates[-1].astype(int))
        since = self._seen.setdefault(series.symbol, last)
        for end in range(len(series) - 1, WINDOW - 1, -1):
            if int(series.dates[end].astype(int)) <= since:
                break
            request = InferRequest(
                {names.CLOSE: series.adjusted[None, end - WINDOW : end]}, parameters={names.ALLOW_JUMPS: True}
            )
            response = await self._transformer.infer(request)
            band = response.outputs[names.QUANTILES][0]
            inside = band[_LOWER] <= series.adjusted[end] <= band[_UPPER]
            BAND_CLOSES.labels("inside" if inside else "outside").inc()
        self._seen[series.symbol] = last
