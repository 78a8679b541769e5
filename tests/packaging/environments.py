"""Environments that hold the requirements of one role: what Python prints there."""

import subprocess
from pathlib import Path

from tests.cli.nextclose import environment


def printed_by(python: Path, source: str, folder: Path) -> str:
    """What a script prints, run in a folder."""
    command = [str(python), "-c", source]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
