"""What is measured: how each server is started, asked, and how its answer is checked."""

import json
import os
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

from loadtest.payloads import JSON, Payload, by_window, by_window_binary
from model.contract.levels import MEDIAN
from model.contract.names import QUANTILES
from model.protocol.client import read_response
from model.protocol.rest import HEADER_LENGTH

f8 = NDArray[np.float64]

INFER: Final = "/v2/models/nextclose/infer"
_READY_SECONDS: Final = 120.0
_QUIET: Final = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def json_textbook(closes: f8) -> Payload:
    """What the textbook server takes."""
    return Payload(json.dumps({"closes": closes.tolist()}).encode(), JSON, len(closes), None)


def v2_forecast(answer: httpx.Response) -> f8:
    """The forecasts of a V2 answer, float64 [n]: medians of its quantiles."""
    _, arrays = read_response(answer.content, answer.headers.get(HEADER_LENGTH))
    return np.asarray(arrays[QUANTILES])[:, MEDIAN]


def textbook_forecast(answer: httpx.Response) -> f8:
    """The forecasts of the textbook server, float64 [n]."""
    forecast = np.array(answer.json()["forecast"])
    return forecast[:, forecast.shape[1] // 2]


@dataclass(frozen=True, slots=True)
class Process:
    """A program of a contestant."""

    module: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server, or a pair of them.

    Attributes:
        key, name: in tables. processes: started together. port: where requests go. path: of requests.
        ready: addresses that answer 200 once it is ready. one: body of small requests.
        many: body of a request of many rows. forecast: reads an answer.
    """

    key: str
    name: str
    processes: Sequence[Process]
    port: int
    path: str
    ready: Sequence[str]
    one: Callable[[f8], Payload]
    many: Callable[[f8], Payload]
    forecast: Callable[[httpx.Response], f8]


class Running:
    """A contestant's processes, from `with` to its end."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self._started: list[subprocess.Popen[bytes]] = []
        self.seconds_to_ready = 0.0

    def __enter__(self) -> Self:
        """Starts them and waits until they are ready."""
        begun = time.perf_counter()
        for process in self.contestant.processes:
            environment = {**os.environ, **_QUIET, **process.variables}
            self._started.append(
                subprocess.Popen(
                    [sys.executable, "-m", *process.module],
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        try:
            self._wait(begun)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.seconds_to_ready = time.perf_counter() - begun
        return self

    def _wait(self, begun: float) -> None:
        waiting = list(self.contestant.ready)
        with httpx.Client(timeout=5, trust_env=False) as client:
            while waiting:
                for process in self._started:
                    if process.poll() is not None:
                        raise RuntimeError(f"{self.contestant.name}: {process.args!r} ended with {process.returncode}")
                with suppress(httpx.HTTPError):
                    if client.get(waiting[0]).status_code == httpx.codes.OK:
                        del waiting[0]
                        continue
                if time.perf_counter() - begun > _READY_SECONDS:
                    raise RuntimeError(f"{self.contestant.name}: not ready after {_READY_SECONDS:g} s")
                time.sleep(0.02)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends them."""
        for process in reversed(self._started):
            process.terminate()
        for process in self._started:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @property
    def url(self) -> str:
        """Where requests go."""
        return f"http://127.0.0.1:{self.contestant.port}"

    def cpu(self) -> float:
        """CPU seconds of its processes since their start."""
        times = [process.cpu_times() for process in self._all()]
        return float(sum(one.user + one.system for one in times))

    def memory(self) -> int:
        """Resident bytes of its processes."""
        return int(sum(process.memory_info().rss for process in self._all()))

    def _all(self) -> list[Any]:
        parents = [psutil.Process(process.pid) for process in self._started]
        return [*parents, *(child for parent in parents for child in parent.children(recursive=True))]

    def check(self, closes: f8, payload: Payload) -> None:
        """Asks once and looks at the answer: one forecast for each row, finite.

        Raises:
            RuntimeError: it is anything else.
        """
        answer = httpx.post(
            self.url + self.contestant.path,
            content=payload.body,
            headers=dict(payload.headers),
            timeout=60,
            trust_env=False,
        )
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{self.contestant.name}: {answer.status_code} {answer.text[:200]}")
        forecast = self.contestant.forecast(answer)
        if forecast.shape != (len(closes),) or not np.isfinite(forecast).all():
            raise RuntimeError(f"{self.contestant.name}: expected {len(closes)} forecasts, got {forecast}")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
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
    socket: Path | None,
    runtime: str = "tensorflow",
    variables: Mapping[str, str] | None = None,
) -> Contestant:
    """This project's pair around the version that `data` holds.

    Args:
        key: of the contestant.
        name: of the contestant.
        data: holds models and price store.
        socket: Unix socket between the two; None for HTTP over TCP.
        runtime: of the predictor.
        variables: settings of both, before the others.
    """
    port, inner, *rpc = free_ports(4)
    shared = {"NEXTCLOSE_MODELS": str(data / "models"), "NEXTCLOSE_STORE": str(data), **(variables or {})}
    predictor = {
        "NEXTCLOSE_PREDICTOR_PORT": str(inner),
        "NEXTCLOSE_PREDICTOR_GRPC_PORT": str(rpc[0]),
        "NEXTCLOSE_PREDICTOR_RUNTIME": runtime,
    }
    transformer = {"NEXTCLOSE_PORT": str(port), "NEXTCLOSE_GRPC_PORT": str(rpc[1])}
    if socket is None:
        transformer["NEXTCLOSE_PREDICTOR_URL"] = f"http://127.0.0.1:{inner}"
    else:
        predictor["NEXTCLOSE_PREDICTOR_SOCKET"] = transformer["NEXTCLOSE_PREDICTOR_SOCKET"] = str(socket)
    processes = [Process(("model.serving",), shared | predictor), Process(("transformer",), shared | transformer)]
    ready = [f"http://127.0.0.1:{port}/v2/health/ready"]
    return Contestant(key, name, processes, port, INFER, ready, by_window, by_window_binary, v2_forecast)


def contestants(data: Path, folder: Path) -> list[Contestant]:
    """All of them, on free ports, around the version that `data` holds."""
    version = data / "models" / "nextclose" / (data / "models" / "nextclose" / "current").read_text().strip()
    saved_model = str(version / "saved_model")
    ports = iter(free_ports(32))

    def textbook(key: str, name: str, variables: Mapping[str, str]) -> Contestant:
        port = next(ports)
        server = Process(("uvicorn", "benchmarks.textbook:app", "--port", str(port)), variables)
        ready = [f"http://127.0.0.1:{port}/health"]
        body = json_textbook
        return Contestant(key, name, [server], port, "/predict", ready, body, body, textbook_forecast)

    def stock() -> Contestant:
        port, inner = next(ports), next(ports)
        predictor = {"BENCHMARK_PORT": str(inner), "BENCHMARK_NETWORK": saved_model}
        transformer = {
            "BENCHMARK_PORT": str(port),
            "BENCHMARK_PREDICTOR": f"127.0.0.1:{inner}",
            "BENCHMARK_SCALER": str(version / "scaler.joblib"),
        }
        processes = [
            Process(("benchmarks.stock_predictor",), predictor),
            Process(("benchmarks.stock_transformer",), transformer),
        ]
        ready = [f"http://127.0.0.1:{one}/v2/models/nextclose/ready" for one in (inner, port)]
        return Contestant(
            "d", "stock KServe SDK pair", processes, port, INFER, ready, by_window, by_window,
            v2_forecast,
        )  # fmt: skip

    return [
        textbook("a", "textbook server", {}),
        textbook("a2", "textbook server, our network", {"BENCHMARK_NETWORK": saved_model}),
        own_pair("b", "nextclose, HTTP between", data, socket=None),
        own_pair("c", "nextclose, Unix socket", data, socket=folder / "c.sock"),
        stock(),
        own_pair("e", "nextclose, Unix socket, ONNX", data, socket=folder / "e.sock", runtime="onnx"),
    ]
