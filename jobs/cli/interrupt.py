"""Ctrl-C and SIGTERM as an exception."""

import signal
from types import FrameType
from typing import ClassVar


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM.

    A subclass, because of `exec`: if a plain KeyboardInterrupt passes through it, as in dataclasses while they are
    imported, Python exits by the signal although the exception was caught.

    Attributes:
        received: Whether a signal was received. A library may replace the exception by another one during its import.
    """

    received: ClassVar[bool] = False


def handle_signals() -> None:
    """Raise `Interrupted` on SIGINT and SIGTERM. Signals that the parent ignores stay ignored, as under nohup."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    Interrupted.received = True
    raise Interrupted
