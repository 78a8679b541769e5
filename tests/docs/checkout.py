"""A clean copy of the checkout in which a document's commands are run as a reader runs them, and what serves there."""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from model.contract.errors import AddressError
from tests.cli.nextclose import Ports, environment
from tests.docs.blocks import ROOT, Block
from tests.programs import require_program
from tests.serving.processes import until

SECONDS: Final = 280
_ASSIGNMENT: Final = re.compile(r"^[A-Z_]+=\S+", re.MULTILINE)
# What `make` hands to what it starts: these would be arguments of the document's own `make`.
_OF_MAKE: Final = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS")


def clean_copy(folder: Path) -> Path:
    """The files that Git knows or would take, with this environment as `.venv`: nothing of it is installed anew."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
            shutil.copymode(ROOT / name, folder / name)
    venv = folder / ".venv"
    venv.mkdir()
    for part in ("bin", "lib"):
        (venv / part).symlink_to(Path(sys.prefix) / part)
    shutil.copyfile(Path(sys.prefix) / "pyvenv.cfg", venv / "pyvenv.cfg")
    # Newer than what was copied, so that `make` takes the environment for complete.
    for stamp in (".local", ".dev"):
        (venv / stamp).touch()
    # Nothing is to be installed, so what installs is only looked for.
    uv = folder / ".tools" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.symlink_to(require_program("false"))
    return folder


# What comments in the blocks tell a reader to write where no source of prices can be reached.
WITHOUT_PRICES: Final = {
    "SYMBOL=PETR4.SA ": "SYMBOL=^GSPC ",
    """'["PETR4.SA"]' """: """'["^GSPC"]' """,
    "nextclose collect  ": "nextclose collect --source arch  ",
}


@dataclass(slots=True)
class Reader:
    """Somebody who runs the blocks of a document in order, in one folder, without a network.

    Attributes:
        folder: a clean copy. prices: a CSV of PETR4.SA, `$PRICES` in a block's first command; None where the reader has
            none, and does what the documents say for that.
        ports: free ones, in place of those that the document names. log: all that was written.
    """

    folder: Path
    prices: Path | None
    ports: Ports = field(default_factory=Ports.free)
    log: str = ""
    _serving: "subprocess.Popen[bytes] | None" = None
    _assigned: list[str] = field(default_factory=list)  # by blocks before, in the same terminal

    def follow(self, block: Block) -> str:
        """Runs a block; its output. A block that serves goes on in the background once it is ready."""
        if block.first and self.prices is not None:
            self._run(block, block.first)
        text = block.text
        if self.prices is None:
            for usual, instead in WITHOUT_PRICES.items():
                text = text.replace(usual, instead)
        if not block.serves:
            self._assigned += _ASSIGNMENT.findall(text)
            return self._run(block, "\n".join([*self._assigned, text]))
        self.stop()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A shell that starts tests in the background has Ctrl-C ignored, and so would what they start.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        path = self.folder.parent / "served.log"
        with path.open("wb") as log:
            self._serving = subprocess.Popen(
                ["sh", "-e", "-c", self._here(text)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self._ready(block, path), f"{block.place} serves", SECONDS)
        return path.read_text()

    def stop(self) -> None:
        """Ends what serves, as Ctrl-C does: its whole group, by the id of the one that was started."""
        if self._serving is None:
            return
        if self._serving.poll() is None:
            os.killpg(self._serving.pid, signal.SIGINT)
        self._serving.wait(60)
        self._serving = None
        until(self._ended, "what served has ended", 60)

    def _ended(self) -> bool:
        try:
            self.ports.check_free()
        except AddressError:
            return False
        return True

    def _ready(self, block: Block, log: Path) -> bool:
        assert self._serving is not None
        status = self._serving.poll()
        assert status is None, f"{block.place}: ended with status {status}\n{log.read_text()}"
        try:
            return httpx.get(f"{self.ports.url}/v2/health/ready", trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _run(self, block: Block, commands: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", self._here(commands)],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{block.place}: status {done.returncode}\n{commands}\n{done.stdout}"
        # curl ends well whatever it was answered.
        for sign in ("Traceback (most recent call last)", '{"error"'):
            assert sign not in done.stdout, f"{block.place}\n{commands}\n{done.stdout}"
        return done.stdout

    def _here(self, commands: str) -> str:
        """With the ports of this run: those that documents name may be taken on this machine."""
        return commands.replace("127.0.0.1:8080", f"127.0.0.1:{self.ports.http}").replace(
            "127.0.0.1:8081", f"127.0.0.1:{self.ports.grpc}"
        )

    def _environment(self) -> dict[str, str]:
        ports = self.ports
        given = environment(
            {
                "PRICES": self.prices or "",
                "NEXTCLOSE_PORT": ports.http,
                "NEXTCLOSE_GRPC_PORT": ports.grpc,
                "NEXTCLOSE_PREDICTOR_PORT": ports.predictor,
                "NEXTCLOSE_PREDICTOR_GRPC_PORT": ports.predictor_grpc,
                "NEXTCLOSE_URL": ports.url,
                "NEXTCLOSE_LOADTEST_GRPC": f"127.0.0.1:{ports.grpc}",
            }
        )
        return {name: value for name, value in given.items() if name not in _OF_MAKE}
