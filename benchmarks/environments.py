"""Virtual environments of the peers: .benchmark-peers/NAME, installed from benchmarks/peers/NAME/requirements.txt."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from benchmarks.version import Progress

ROOT: Final = Path(__file__).parents[1]
PEERS: Final = Path(__file__).parent / "peers"
ENVIRONMENTS: Final = ROOT / ".benchmark-peers"
_INSTALLED: Final = "installed-lock"  # contains the digest of the lock file that the environment was installed from


class ServerUnavailableError(RuntimeError):
    """A server cannot be installed, started or measured; the message is the reason."""


def install(peer: str, progress: Progress, folder: Path = ENVIRONMENTS) -> Path:
    """Create the environment of a peer, unless it exists with the same lock.

    Args:
        peer: Name of the peer's folder in benchmarks/peers.
        progress: Called with a message before an installation.
        folder: Folder of all environments.

    Returns:
        The environment's folder.

    Raises:
        ServerUnavailableError: `uv` is missing or failed.
    """
    environment, lock = folder / peer, PEERS / peer / "requirements.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = environment / _INSTALLED
    if stamp.exists() and stamp.read_text() == digest:
        return environment
    progress(f"install {peer} into {environment}")
    _uv("venv", "--clear", "--python", sys.executable, str(environment))
    python = str(environment / "bin" / "python")
    _uv("pip", "install", "--python", python, "--compile-bytecode", "--require-hashes", "-r", str(lock))
    stamp.write_text(digest)
    return environment


def site_packages(environment: Path) -> Path:
    """The folder of the packages in an environment."""
    return environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def locked_version(peer: str, package: str) -> str:
    """The version of a package in a peer's lock.

    Raises:
        ValueError: The lock does not contain it.
    """
    found = re.search(rf"^{re.escape(package)}==(\S+)", (PEERS / peer / "requirements.txt").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{peer}: expected {package} in requirements.txt")
    return found[1]


def package_version(package: str) -> str:
    """The version of a package in this environment."""
    return metadata.version(package)


def _uv(command: str, *arguments: str) -> None:
    program = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(
            [program, command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ServerUnavailableError(f"uv cannot be run: {error}") from error
    if done.returncode:
        raise ServerUnavailableError(f"uv {command} failed: {last_line(done.stderr)}")


def last_line(output: str) -> str:
    """The last non-empty line of a program's output, cut to 200 characters."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no output"
