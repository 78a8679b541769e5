"""Runs Python code in an environment with the requirements of one role."""

import subprocess
from pathlib import Path

from tests.cli.nextclose import environment


def printed_by(python: Path, source: str, folder: Path) -> str:
    """Run a script; return its output.

    Args:
        python: Interpreter of the environment.
        source: The script.
        folder: Working folder.
    """
    command = [str(python), "-c", source]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
