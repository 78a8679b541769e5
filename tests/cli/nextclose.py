"""Helpers that run `nextclose` as a user does: in a separate process and folder, without network."""

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

from jobs.cli.exit_codes import ExitCode
from model.endpoint.sockets import check_port
from tests.serving.processes import free_ports, wait_until

Variables = Mapping[str, object]
COMMAND: Final = (sys.executable, "-m", "jobs")
SECONDS: Final = 280.0  # timeout of a command; far longer than any takes on an idle machine
# Nothing listens on port 9, so downloads fail quickly with or without a network.
_UNREACHABLE: Final = "http://127.0.0.1:9"
_CONTROL: Final = re.compile(r"[^\n\x20-\x7e\u00a0-\uffff]")


def environment(variables: Variables | None = None) -> dict[str, str]:
    """Environment for a command: no network and no settings of the project except the given variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTCLOSE_", "ALPHAVANTAGE_"))}
    network = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"), _UNREACHABLE)
    local = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1", "NEXTCLOSE_SOURCE_DEADLINE": "2"}
    given = {name: str(value) for name, value in (variables or {}).items()}
    return {**clean, **network, **local, **given}


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Result of a command.

    Attributes:
        status: Exit status.
        out: Standard output.
        err: Standard error.
    """

    status: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """Error lines of standard error."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    def check_success(self) -> Self:
        """Return self after checking that the command succeeded and wrote plain text."""
        assert self.status == 0, f"status {self.status}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        assert not _CONTROL.search(self.out + self.err), repr(self.out + self.err)
        return self

    def check_failure(self, status: int | None = None) -> str:
        """Return the error message after checking that the command failed with one error line, the last one.

        Args:
            status: Expected exit status; None accepts any failure except wrong usage and interruption.
        """
        expected = set(ExitCode) - {ExitCode.DONE, ExitCode.USAGE, ExitCode.INTERRUPTED} if status is None else {status}
        assert self.status in expected, f"status {self.status}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err, self.err
        assert len(self.errors) == 1, self.err
        assert self.err.splitlines()[-1] == self.errors[0], self.err
        return self.errors[0].removeprefix("error: ")


def run(
    folder: Path,
    *arguments: object,
    variables: Variables | None = None,
) -> CommandResult:
    """Run a command to its end.

    Args:
        folder: Working folder.
        arguments: Arguments of `nextclose`.
        variables: Environment variables.
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
    return CommandResult(done.returncode, done.stdout, done.stderr)


def run_several(
    folder: Path,
    *commands: Sequence[object],
    variables: Sequence[Variables] = (),
    process_variables: Variables | None = None,
) -> list[CommandResult]:
    """Run several commands sequentially in one process; see `run_commands`.

    Args:
        folder: Working folder.
        commands: Arguments of each command.
        variables: Environment variables of each command; none by default.
        process_variables: Environment variables of the process, for all commands and for the import of libraries.
    """
    given = variables or [{} for _ in commands]
    work = [
        ([str(text) for text in arguments], {name: str(value) for name, value in own.items()})
        for arguments, own in zip(commands, given, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).with_name("run_commands.py"))],
        cwd=folder,
        env=environment(process_variables),
        input=json.dumps(work),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [CommandResult(**result) for result in json.loads(done.stdout)]


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of a pair.

    Attributes:
        http: HTTP port of the transformer.
        grpc: gRPC port of the transformer.
        predictor: HTTP port of the predictor.
        predictor_grpc: gRPC port of the predictor.
    """

    http: int
    grpc: int
    predictor: int
    predictor_grpc: int

    @classmethod
    def free(cls) -> Self:
        return cls(*free_ports(4))

    @property
    def options(self) -> tuple[str, ...]:
        """The ports as options of `serve` and `demo`."""
        names = ("--port", "--grpc-port", "--predictor-port", "--predictor-grpc-port")
        values = (self.http, self.grpc, self.predictor, self.predictor_grpc)
        return tuple(text for name, port in zip(names, values, strict=True) for text in (name, str(port)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def check_free(self) -> None:
        """Raise `AddressError` if a port is in use."""
        for port in (self.http, self.grpc, self.predictor, self.predictor_grpc):
            check_port("127.0.0.1", port, "this port")


class BackgroundCommand:
    """A command in the background; its output is written to files."""

    def __init__(self, folder: Path, *arguments: object, variables: Variables | None = None) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # In a background job of a shell SIGINT is ignored, and child processes would inherit that.
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
        """The child processes of the command."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def await_text(self, text: str) -> Self:
        """Wait until the command has written a text to either stream."""

        def written() -> bool:
            if text in self.out or text in self.err:
                return True
            assert self.process.poll() is None, f"ended with {self.process.returncode}\n{self.out}\n{self.err}"
            return False

        wait_until(written, f"nextclose writes {text!r}", SECONDS)
        return self

    def end(self, number: signal.Signals) -> CommandResult:
        """Send a signal and wait for the exit."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> CommandResult:
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"does not end\n{self.out}\n{self.err}") from None
        return CommandResult(status, self.out, self.err)

    def stop(self) -> None:
        """Stop the command if it still runs; for the teardown of fixtures."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
