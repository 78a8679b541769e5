"""Helper that runs a command on a pseudo-terminal."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from tests.cli.nextclose import COMMAND, SECONDS, Variables, environment

CTRL_C: Final = b"\x03"
# Ctrl-C sends a signal only to processes whose controlling terminal this is.
TAKE_TERMINAL: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A command with a pseudo-terminal as its standard input, output and error."""

    def __init__(self, folder: Path, *arguments: object, variables: Variables | None = None) -> None:
        self._own, child_side = pty.openpty()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TAKE_TERMINAL, *COMMAND, *map(str, arguments)],
                cwd=folder,
                env={"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", **environment(variables)},
                stdin=child_side,
                stdout=child_side,
                stderr=child_side,
                start_new_session=True,
            )
        finally:
            os.close(child_side)
        self.shown = ""

    def await_one_of(self, texts: Sequence[str]) -> Self:
        """Read until one of the texts is shown."""
        deadline = time.monotonic() + SECONDS
        while not any(text in self.shown for text in texts):
            assert time.monotonic() < deadline, self.shown
            assert self._read(), f"ended before it showed one of {texts}\n{self.shown}"
        return self

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._own, key)

    def wait(self) -> int:
        """Read to the end. Returns the exit status."""
        while self._read():
            pass
        os.close(self._own)
        return self.process.wait(30)

    def _read(self) -> bool:
        try:
            read = os.read(self._own, 65536)
        except OSError:  # Linux raises it when the other side is closed
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)
