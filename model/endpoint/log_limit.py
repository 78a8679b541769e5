"""Rate limit of log lines, so that no client can fill a log."""

import logging
import time
from typing import Final

import structlog

_LINES: Final = 20
_SECONDS: Final = 10.0


class LogLimit(logging.Filter):
    """Drops lines of an event beyond 20 in 10 seconds; the next line says how many were dropped.

    It is a processor of structlog and a filter of `logging`. An event is the constant part of a line: the `event` of
    structlog, or the unformatted message.
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
        """How many lines were dropped before this one; None if it must be dropped too."""
        now = time.monotonic()
        began, lines = self._windows.get(event, (now, 0))
        if now - began < _SECONDS:
            self._windows[event] = (began, lines + 1)
            return 0 if lines < _LINES else None
        # Events are constants of the code; clearing bounds the dictionary all the same.
        if len(self._windows) > 1000:
            self._windows.clear()
        self._windows[event] = (now, 1)
        return max(0, lines - _LINES)
