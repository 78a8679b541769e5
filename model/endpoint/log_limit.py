"""Rate limit of log lines, so that clients cannot flood the log."""

import logging
import time
from typing import Final

import structlog

_LINES: Final = 20
_SECONDS: Final = 10.0


class LogLimit(logging.Filter):
    """Drops lines beyond 20 per event in 10 seconds; the next line reports the number of dropped lines.

    It is a processor of structlog and a filter of `logging`. The event is the constant part of a line: `event` in
    structlog, the unformatted message in `logging`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[str, tuple[float, int]] = {}

    def __call__(self, _logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Pass or drop a line of structlog."""
        dropped = self._count(str(line.get("event")))
        if dropped is None:
            raise structlog.DropEvent
        if dropped:
            line["dropped_before"] = dropped
        return line

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass or drop a record of `logging`."""
        dropped = self._count(f"{record.name}: {record.msg}")
        if dropped:
            record.msg = f"{record.msg} ({dropped} like this were dropped before)"
        return dropped is not None

    def _count(self, event: str) -> int | None:
        """Return the number of lines dropped before this one; None if it must be dropped too."""
        now = time.monotonic()
        began, lines = self._windows.get(event, (now, 0))
        if now - began < _SECONDS:
            self._windows[event] = (began, lines + 1)
            return 0 if lines < _LINES else None
        # Events are constants in the code, so this limit is only a safeguard.
        if len(self._windows) > 1000:
            self._windows.clear()
        self._windows[event] = (now, 1)
        return max(0, lines - _LINES)
