"""A clean copy of the checkout, and a reader who runs the commands of a document in it."""

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
from tests.serving.processes import wait_until

SECONDS: Final = 280
_ASSIGNMENT: Final = re.compile(r"^[A-Z_]+=\S+", re.MULTILINE)
# Set by `make` for its child processes; they would change the `make` commands of the document.
_MAKE_VARIABLES: Final = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS")


def clean_copy(folder: Path) -> Path:
    """Copy the tracked and untracked files of the checkout, with this environment as `.venv`.

    Ignored files are not copied, and nothing is installed.
    """
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
    # Newer than the copied files, so that `make` considers the environment complete.
    for stamp in (".local", ".dev"):
        (venv / stamp).touch()
    # `make` checks that uv exists; if it installed anything, `false` would fail.
    uv = folder / ".tools" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.symlink_to(require_program("false"))
    return folder


# Text in the documents -> replacement that a comment in the block gives for readers without a source of prices.
WITHOUT_PRICES: Final = {
    "SYMBOL=PETR4.SA ": "SYMBOL=^GSPC ",
    """'["PETR4.SA"]' """: """'["^GSPC"]' """,
    "nextclose collect  ": "nextclose collect --source arch  ",
}


@dataclass(slots=True)
class Reader:
    """A reader who runs the blocks of a document in order, in one folder, without network.

    Attributes:
        folder: A clean copy of the checkout.
        prices: CSV of PETR4.SA, `$PRICES` in commands marked as `run first`; None for a reader without any source of
            prices, who uses the alternatives in the document.
        ports: Free ports that replace those in the document.
        log: Output.
    """

    folder: Path
    prices: Path | None
    ports: Ports = field(default_factory=Ports.free)
    log: str = ""
    _serving: "subprocess.Popen[bytes] | None" = None
    _assigned: list[str] = field(default_factory=list)  # by earlier blocks, as in one terminal

    def follow(self, block: Block) -> str:
        """Run a block. Returns its output. A block that serves continues in the background after it is ready."""
        if block.first and self.prices is not None:
            self._run(block, block.first)
        text = block.text
        if self.prices is None:
            for usual, replacement in WITHOUT_PRICES.items():
                text = text.replace(usual, replacement)
        if not block.serves:
            self._assigned += _ASSIGNMENT.findall(text)
            return self._run(block, "\n".join([*self._assigned, text]))
        self.stop()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # In a background job of a shell SIGINT is ignored, and child processes would inherit that.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        path = self.folder.parent / "served.log"
        with path.open("wb") as log:
            self._serving = subprocess.Popen(
                ["sh", "-e", "-c", self._with_ports(text)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: self._ready(block, path), f"{block.place} serves", SECONDS)
        return path.read_text()

    def stop(self) -> None:
        """Stop the serving block as Ctrl-C does: send SIGINT to its process group."""
        if self._serving is None:
            return
        if self._serving.poll() is None:
            os.killpg(self._serving.pid, signal.SIGINT)
        self._serving.wait(60)
        self._serving = None
        wait_until(self._ports_are_free, "the serving block has exited", 60)

    def _ports_are_free(self) -> bool:
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
            ["sh", "-e", "-c", self._with_ports(commands)],
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
        # The exit status of curl does not depend on the answer.
        for sign in ("Traceback (most recent call last)", '{"error"'):
            assert sign not in done.stdout, f"{block.place}\n{commands}\n{done.stdout}"
        return done.stdout

    def _with_ports(self, commands: str) -> str:
        """Replace the ports of the document, which may be in use on this machine."""
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
        return {name: value for name, value in given.items() if name not in _MAKE_VARIABLES}
