"""Status and ledger of the jobs, read periodically for metrics: jobs exit before Prometheus can scrape them."""

import asyncio

import structlog

from model.state.folder import StateFolder
from model.state.snapshot import Snapshot, look

_log = structlog.get_logger()


class StateWatch:
    """Reads status and ledger of the jobs periodically."""

    def __init__(self, folder: StateFolder, every_seconds: float) -> None:
        self._folder = folder
        self._every_seconds = every_seconds
        self._snapshot = Snapshot()

    def snapshot(self) -> Snapshot:
        """Return status and ledger as last read."""
        return self._snapshot

    async def run(self) -> None:
        """Read both files periodically until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_seconds)

    async def look(self) -> None:
        """Read both files once; log when a file becomes corrupt or unreadable."""
        previous = self._snapshot.conditions
        self._snapshot = await asyncio.to_thread(look, self._folder, self._snapshot)
        for file, condition in self._snapshot.conditions.items():
            if condition in {"corrupt", "unreadable"} and previous.get(file) != condition:
                _log.warning("a state file of the jobs cannot be used", file=file, condition=condition)
