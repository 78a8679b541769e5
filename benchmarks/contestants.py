"""The servers to measure: starting and stopping them, sending requests and reading responses."""

import json
import os
import socket as sockets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import httpx
import numpy as np
import psutil

from benchmarks.environments import ServerUnavailableError, last_line, package_version
from loadtest.payloads import JSON, Payload, by_window
from model.contract.arrays import f8
from model.contract.names import QUANTILES
from model.protocol.client import read_response
from model.protocol.rest import HEADER_LENGTH

INFER: Final = "/v2/models/nextclose/infer"
_READY_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 5.0
_QUIET: Final = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def closes_body(closes: f8) -> Payload:
    """A JSON request with the key `closes`, for servers without the V2 protocol."""
    return Payload(json.dumps({"closes": closes.tolist()}).encode(), JSON, len(closes), None)


def read_v2(answer: httpx.Response) -> f8:
    """Quantiles of a V2 response, float64 [n, 7]."""
    _, arrays = read_response(answer.content, answer.headers.get(HEADER_LENGTH))
    return np.asarray(arrays[QUANTILES], dtype=np.float64)


def read_forecast(answer: httpx.Response) -> f8:
    """Quantiles of a JSON response, as a list or under the key `forecast`: float64 [n, m]."""
    content = answer.json()
    return np.array(content["forecast"] if isinstance(content, dict) else content, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Process:
    """A program of a contestant.

    Attributes:
        command: Command line.
        variables: Environment variables in addition to those of this process.
        folder: Working directory; None for that of this process.
    """

    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server, or a pair of them.

    Attributes:
        key: Name on the command line.
        name: Name in tables.
        processes: Programs, started in this order.
        port: Port for requests.
        path: Path for requests.
        ready: URLs that return 200 when the server is ready.
        body: Makes a request.
        quantiles: Reads a response.
        software: Name and version of the software.
        settings: Description of the server's tuning.
        same_network: Whether it serves nextclose's network, so that its responses can be verified.
    """

    key: str
    name: str
    processes: Sequence[Process]
    port: int
    path: str
    ready: Sequence[str]
    body: Callable[[f8], Payload] = by_window
    quantiles: Callable[[httpx.Response], f8] = read_v2
    software: str = ""
    settings: str = ""
    same_network: bool = True


class Running:
    """A contestant's processes, as a context manager."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self._started: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []
        self.seconds_to_ready = 0.0

    def __enter__(self) -> Self:
        """Start the processes and wait until they are ready.

        Raises:
            ServerUnavailableError: A process cannot be started or exited, or the server is not ready in time.
        """
        begun = time.perf_counter()
        try:
            for process in self.contestant.processes:
                self._start(process)
            self._wait(begun)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.seconds_to_ready = time.perf_counter() - begun
        return self

    def _start(self, process: Process) -> None:
        log = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__
        self._logs.append(log)
        environment = {**os.environ, **_QUIET, **process.variables}
        try:
            started = subprocess.Popen(
                list(process.command), env=environment, cwd=process.folder, stdout=log, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise ServerUnavailableError(f"cannot be started: {error}") from error
        self._started.append(started)

    def _wait(self, begun: float) -> None:
        waiting = list(self.contestant.ready)
        with httpx.Client(timeout=5, trust_env=False) as client:
            while waiting:
                for process, log in zip(self._started, self._logs, strict=True):
                    if process.poll() is not None:
                        raise ServerUnavailableError(f"exited with {process.returncode}: {_read_last_line(log)}")
                with suppress(httpx.HTTPError):
                    if client.get(waiting[0]).status_code == httpx.codes.OK:
                        del waiting[0]
                        continue
                if time.perf_counter() - begun > _READY_SECONDS:
                    raise ServerUnavailableError(f"not ready after {_READY_SECONDS:g} s")
                time.sleep(0.01)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Terminate the processes, and kill those that do not exit."""
        everything = self._processes()
        for started in reversed(self._started):
            started.terminate()
        for process in _wait_for_end(everything):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _wait_for_end(everything)
        for started in self._started:
            started.wait()
        for log in self._logs:
            log.close()

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.contestant.port}"

    @property
    def pids(self) -> list[int]:
        """Process ids of the programs, in the order of the contestant."""
        return [process.pid for process in self._started]

    def cpu(self) -> float:
        """CPU seconds of the processes since their start."""
        times = [process.cpu_times() for process in self._processes()]
        return float(sum(one.user + one.system for one in times))

    def memory(self) -> int:
        """Memory of the processes in bytes: PSS, which counts shared pages once; USS on systems without it."""
        found = [process.memory_full_info() for process in self._processes()]
        return int(sum(getattr(one, "pss", one.uss) for one in found))

    def resident(self) -> list[int]:
        """Resident memory in bytes of each program, without its children."""
        return [int(psutil.Process(pid).memory_info().rss) for pid in self.pids]

    def _processes(self) -> list[Any]:
        found = []
        for process in self._started:
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(process.pid)
                found += [parent, *parent.children(recursive=True)]
        return found

    def ask(self, closes: f8) -> f8:
        """Request the quantiles of windows: float64 [n, 60] -> float64 [n, m].

        Raises:
            ServerUnavailableError: The server does not answer with status 200.
        """
        payload = self.contestant.body(closes)
        try:
            answer = httpx.post(
                self.url + self.contestant.path,
                content=payload.body,
                headers=dict(payload.headers),
                timeout=60,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise ServerUnavailableError(f"does not answer: {error!r}") from error
        if answer.status_code != httpx.codes.OK:
            raise ServerUnavailableError(f"answered {answer.status_code} {answer.text[:200]}")
        return self.contestant.quantiles(answer)


def _wait_for_end(processes: Sequence[Any]) -> list[Any]:
    """Wait a few seconds for processes to exit. Returns those that are still running."""
    end = time.perf_counter() + _STOP_SECONDS
    left = list(processes)
    while (left := [one for one in left if _runs(one)]) and time.perf_counter() < end:
        time.sleep(0.02)
    return left


def _runs(process: Any) -> bool:
    try:
        # A zombie has exited. Without an init process, orphaned zombies are never reaped.
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _read_last_line(log: IO[bytes]) -> str:
    log.seek(0)
    return last_line(log.read().decode(errors="replace"))


def free_ports(count: int) -> list[int]:
    """Unused ports of the loopback interface."""
    opened = [sockets.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in opened]
    for one in opened:
        one.close()
    return ports


def own_pair(
    key: str,
    name: str,
    data: Path,
    *,
    socket: Path,
    runtime: str = "tensorflow",
    variables: Mapping[str, str] | None = None,
) -> Contestant:
    """This project's pair, serving the version in `data`.

    Args:
        key: Key of the contestant.
        name: Name of the contestant.
        data: Folder with models and price store.
        socket: Unix socket between transformer and predictor.
        runtime: Runtime of the predictor: `tensorflow` or `onnx`.
        variables: Further settings of both.
    """
    port, inner, *rpc = free_ports(4)
    shared = {"NEXTCLOSE_MODELS": str(data / "models"), "NEXTCLOSE_STORE": str(data), **(variables or {})}
    predictor = {
        "NEXTCLOSE_PREDICTOR_PORT": str(inner),
        "NEXTCLOSE_PREDICTOR_GRPC_PORT": str(rpc[0]),
        "NEXTCLOSE_PREDICTOR_RUNTIME": runtime,
        "NEXTCLOSE_PREDICTOR_SOCKET": str(socket),
    }
    transformer = {
        "NEXTCLOSE_PORT": str(port),
        "NEXTCLOSE_GRPC_PORT": str(rpc[1]),
        "NEXTCLOSE_PREDICTOR_SOCKET": str(socket),
    }
    processes = [
        Process(python_module("model.serving"), shared | predictor),
        Process(python_module("transformer"), shared | transformer),
    ]
    ready = [f"http://127.0.0.1:{port}/v2/health/ready"]
    return Contestant(key, name, processes, port, INFER, ready)


def own_pairs(data: Path, folder: Path) -> list[Contestant]:
    """The pairs that are compared with other servers: with TensorFlow and with ONNX Runtime.

    Args:
        data: Folder with models and price store.
        folder: Folder for their Unix sockets.
    """
    return [
        replace(
            own_pair(key, name, data, socket=folder / f"{key}.sock", runtime=key),
            software=f"nextclose {package_version('nextclose')}",
            settings="defaults, a Unix socket between the two servers",
        )
        for key, name in (("tensorflow", "TensorFlow pair"), ("onnx", "ONNX pair"))
    ]


def python_module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module in this environment."""
    return [sys.executable, "-m", name, *arguments]
