"""`nextclose` as a user runs it: a process of its own in a folder of its own, without network."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

import psutil

from jobs.exit_codes import ExitCode
from model.endpoint.sockets import check_port
from tests.serving.processes import free_ports, until

Variables = Mapping[str, object]
COMMAND: Final = (sys.executable, "-m", "jobs")
SECONDS: Final = 280.0  # much more than anything takes where nothing else runs
# Nobody listens on the port of "discard": where there is a network, downloads fail as fast as where there is none.
_NOWHERE: Final = "http://127.0.0.1:9"
_CONTROL: Final = re.compile(r"[^\n\x20-\x7e\u00a0-\uffff]")


def environment(variables: Variables | None = None) -> dict[str, str]:
    """This process's environment without settings of the project and without a network, and the variables given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTCLOSE_", "ALPHAVANTAGE_"))}
    network = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    local = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1", "NEXTCLOSE_SOURCE_DEADLINE": "2"}
    given = {name: str(value) for name, value in (variables or {}).items()}
    return {**clean, **network, **local, **given}


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """Lines of standard error that tell an error."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    def fine(self) -> Self:
        """Itself, where it ended with 0 and wrote plain text."""
        assert self.status == 0, f"status {self.status}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        assert not _CONTROL.search(self.out + self.err), repr(self.out + self.err)
        return self

    def failed(self, status: int | None = None) -> str:
        """Its error, which is one plain line, the last one; without a status any but wrong usage and interruption."""
        right = set(ExitCode) - {ExitCode.DONE, ExitCode.USAGE, ExitCode.INTERRUPTED} if status is None else {status}
        assert self.status in right, f"status {self.status}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        assert len(self.errors) == 1, self.err
        assert self.err.splitlines()[-1] == self.errors[0], self.err
        return self.errors[0].removeprefix("error: ")


def run(
    folder: Path,
    *arguments: object,
    variables: Variables | None = None,
) -> Finished:
    """Runs a command in a folder until it ends.

    Args:
        folder: the working folder.
        arguments: of `nextclose`.
        variables: of the environment.
    """
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def run_several(folder: Path, *commands: Sequence[object], variables: Sequence[Variables] = ()) -> list[Finished]:
    """Runs commands one after the other in one process; see `several`.

    Args:
        folder: the working folder.
        commands: the arguments of each.
        variables: of the environment, for each command; nothing for all where it is left out.
    """
    given = variables or [{} for _ in commands]
    work = [
        ([str(text) for text in arguments], {name: str(value) for name, value in own.items()})
        for arguments, own in zip(commands, given, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).with_name("several.py"))],
        cwd=folder,
        env=environment(),
        input=json.dumps(work),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Finished(**result) for result in json.loads(done.stdout)]


@dataclass(frozen=True, slots=True)
class Ports:
    """Free ports for a pair."""

    http: int
    grpc: int
    predictor: int
    predictor_grpc: int

    @classmethod
    def free(cls) -> Self:
        return cls(*free_ports(4))

    @property
    def options(self) -> tuple[str, ...]:
        """As options of `serve` and `demo`."""
        names = ("--port", "--grpc-port", "--predictor-port", "--predictor-grpc-port")
        values = (self.http, self.grpc, self.predictor, self.predictor_grpc)
        return tuple(text for name, port in zip(names, values, strict=True) for text in (name, str(port)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def check_free(self) -> None:
        """Raises where something listens on one of them."""
        for port in (self.http, self.grpc, self.predictor, self.predictor_grpc):
            check_port("127.0.0.1", port, "this port")


class Running:
    """A command that runs on; what it writes goes into files."""

    def __init__(self, folder: Path, *arguments: object, variables: Variables | None = None) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A shell that starts tests in the background has Ctrl-C ignored, and so would what they start.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        stamp = time.monotonic_ns()
        self._out, self._err = folder / f"out-{stamp}.txt", folder / f"err-{stamp}.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = self._start(folder, arguments, variables, out, err)

    @staticmethod
    def _start(
        folder: Path, arguments: Sequence[object], variables: Variables | None, out: IO[Any], err: IO[Any]
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=folder,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def children(self) -> list[psutil.Process]:
        """Its processes."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def await_text(self, text: str) -> Self:
        """Waits until it has written a text to either stream."""

        def written() -> bool:
            if text in self.out or text in self.err:
                return True
            assert self.process.poll() is None, f"ended with {self.process.returncode}\n{self.out}\n{self.err}"
            return False

        until(written, f"nextclose writes {text!r}", SECONDS)
        return self

    def end(self, number: signal.Signals) -> Finished:
        """Sends a signal and waits for the end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> Finished:
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"does not end\n{self.out}\n{self.err}") from None
        return Finished(status, self.out, self.err)

    def stop(self) -> None:
        """For the end of a fixture, whatever has become of it."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
