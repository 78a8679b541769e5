"""What the jobs left beside the price store, served as metrics: jobs end before anybody has read theirs."""

import asyncio

import structlog

from model.state.folder import StateFolder
from model.state.snapshot import Snapshot, look

_log = structlog.get_logger()


class StateWatch:
    """Reads status and ledger again and again; `snapshot` is what is known of them now."""

    def __init__(self, folder: StateFolder, every_seconds: float) -> None:
        self._folder = folder
        self._every_seconds = every_seconds
        self._snapshot = Snapshot()

    def snapshot(self) -> Snapshot:
        """As last read."""
        return self._snapshot

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_seconds)

    async def look(self) -> None:
        """Reads both files once; whatever is wrong with one is logged when it begins, and is a metric."""
        former = self._snapshot.conditions
        self._snapshot = await asyncio.to_thread(look, self._folder, self._snapshot)
        for file, condition in self._snapshot.conditions.items():
            if condition in {"corrupt", "unreadable"} and former.get(file) != condition:
                _log.warning("a file of the jobs' state is of no use now", file=file, condition=condition)
