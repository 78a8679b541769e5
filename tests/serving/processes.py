"""Predictor and transformer as processes on free ports, connected by a Unix socket."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

READY_SECONDS: Final = 120.0
END_SECONDS: Final = 10.0
_HOST: Final = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Find free ports, below the range that the kernel uses for outgoing connections."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 30_000)  # noqa: S311  # not a secret
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def wait_until(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until a condition is true; it is checked ten times a second.

    Args:
        condition: The condition.
        what: Description of the condition for the error message.
        seconds: Longest time to wait.

    Raises:
        AssertionError: The condition is still false.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for: {what}"
        time.sleep(0.1)


class Program:
    """A program of this project as a process, with standard error redirected to a file."""

    def __init__(self, module: str, variables: Mapping[str, object], folder: Path) -> None:
        self.module = module
        self._log = folder / f"{module}-{time.monotonic_ns()}.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEXTCLOSE_")}
        given = {name: str(value) for name, value in variables.items()}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module],
                env={**clean, "NEXTCLOSE_ENDS_WITH_PARENT": "1", **given},
                # Kept open: the program exits when the tests end and close it.
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """The log so far."""
        return self._log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def check_alive(self) -> None:
        status = self.process.poll()
        assert status is None, f"{self.module} ended with status {status}:\n{self.log}"

    def wait(self, seconds: float = END_SECONDS) -> int:
        """Wait for the exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.module} did not end within {seconds:g} s:\n{self.log}") from None
        finally:
            if self.process.stdin is not None:
                self.process.stdin.close()

    def stop(self) -> None:
        """Stop the process with SIGTERM and check its exit status, unless it has already exited."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            status = self.wait()
            assert status == 0, f"{self.module} ended with status {status} after SIGTERM:\n{self.log}"
        elif self.process.stdin is not None:
            self.process.stdin.close()

    def kill(self) -> None:
        self.process.kill()
        self.wait()


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running predictor or transformer with its addresses."""

    program: Program
    url: str
    grpc: str

    def status(self, path: str = "/v2/health/ready") -> int:
        """Return the status of a GET request; 0 if there is no answer."""
        try:
            return httpx.get(self.url + path, timeout=10, trust_env=False).status_code
        except httpx.HTTPError:
            self.program.check_alive()
            return 0

    def await_status(self, status: int, path: str = "/v2/health/ready") -> None:
        try:
            wait_until(lambda: self.status(path) == status, f"{self.program.module}{path} answers {status}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.program.log}") from error

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the matching samples of a metric; 0 if there are none."""
        from prometheus_client.parser import text_string_to_metric_families

        text = httpx.get(self.url + "/metrics", trust_env=False).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


def start_predictor(folder: Path, models: Path, **settings: object) -> RunningServer:
    """Start a predictor that listens on `<folder>/p.sock` in addition to TCP, without waiting for it."""
    port, grpc_port = free_ports(2)
    given = {"host": _HOST, "port": port, "grpc_port": grpc_port, "socket": folder / "p.sock", **settings}
    variables = {f"NEXTCLOSE_PREDICTOR_{name.upper()}": value for name, value in given.items()}
    program = Program("model.serving", {**variables, "NEXTCLOSE_MODELS": models}, folder)
    return RunningServer(program, f"http://{_HOST}:{port}", f"{_HOST}:{grpc_port}")


def start_transformer(folder: Path, models: Path | str, store: Path | str, **settings: object) -> RunningServer:
    """Start a transformer without waiting for it.

    By default it calls the predictor at `<folder>/p.sock`. Settings that are None keep the default of the program.
    """
    port, grpc_port = free_ports(2)
    given: dict[str, object] = {
        "host": _HOST,
        "port": port,
        "grpc_port": grpc_port,
        "predictor_socket": folder / "p.sock",
        "follow_seconds": 0.2,
        "models": models,
        "store": store,
        **settings,
    }
    variables = {f"NEXTCLOSE_{name.upper()}": value for name, value in given.items() if value is not None}
    return RunningServer(Program("transformer", variables, folder), f"http://{_HOST}:{port}", f"{_HOST}:{grpc_port}")


def start_second_transformer(
    predictor: RunningServer, folder: Path, models: Path, store: Path, **settings: object
) -> RunningServer:
    """Start a transformer of a running predictor, connected over TCP, without waiting for it."""
    return start_transformer(folder, models, store, predictor_socket=None, predictor_url=predictor.url, **settings)


@dataclass(slots=True)
class Pair:
    """A predictor and a transformer; tests may replace each of them."""

    predictor: RunningServer
    transformer: RunningServer

    @property
    def url(self) -> str:
        return self.transformer.url

    @property
    def grpc(self) -> str:
        return self.transformer.grpc

    def stop(self) -> None:
        """Stop the transformer, then the predictor."""
        with closing(_Stopping(self.predictor.program)):
            self.transformer.program.stop()


class _Stopping:
    def __init__(self, program: Program) -> None:
        self._program = program

    def close(self) -> None:
        self._program.stop()


def start_pair(
    folder: Path,
    models: Path,
    store: Path,
    predictor: Mapping[str, object] | None = None,
    transformer: Mapping[str, object] | None = None,
) -> Pair:
    """Start predictor and transformer without waiting for them."""
    return Pair(
        start_predictor(folder, models, **{"follow_seconds": 0.2, **(predictor or {})}),
        start_transformer(folder, models, store, **(transformer or {})),
    )


@contextmanager
def running_pair(
    folder: Path,
    models: Path,
    store: Path,
    predictor: Mapping[str, object] | None = None,
    transformer: Mapping[str, object] | None = None,
) -> Iterator[Pair]:
    """Start a pair, wait until it is ready, and stop it at the end of the block."""
    pair = start_pair(folder, models, store, predictor, transformer)
    try:
        pair.transformer.await_status(200)
        yield pair
    finally:
        pair.stop()
