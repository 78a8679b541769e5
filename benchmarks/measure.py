"""The measurements: in every round each contestant is started, verified, put under each load, and stopped.

Only one contestant runs at a time: memory pages that two servers share would count only half for each, and some peers
use CPU while they are idle.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from benchmarks.client import Result, Spec
from benchmarks.contestants import Contestant, Running
from benchmarks.environments import ROOT, ServerUnavailableError
from benchmarks.version import Progress
from loadtest.payloads import Payload
from model.contract.arrays import f8

Forecast = Callable[[f8], f8]

CONCURRENCIES: Final = (1, 32, 128)
TOLERANCE: Final = 1e-4  # relative tolerance for responses
_WINDOWS: Final = 64
_CHECKED_WINDOWS: Final = 8
_LEAST_SECONDS: Final = 3.0
_WARM_SECONDS: Final = 2.0
_WARM_CONNECTIONS: Final = 32
_ANSWERS_PER_CONNECTION: Final = 2  # at least, so that the p99 of a slow server is not that of its first responses
_MOST_SECONDS: Final = 12.0
_LEAST_RATE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Load:
    """One contestant under one load in one round.

    Attributes:
        concurrency: Number of connections.
        answered: Number of requests answered with status 200.
        failed: Number of all other requests.
        rate: Responses per second.
        p50: Median latency, in seconds.
        p99: 99th percentile of the latency, in seconds.
        cpu: CPU seconds of the server per response.
        client_cpu: Fraction of a core that the client used.
    """

    concurrency: int
    answered: int
    failed: int
    rate: float
    p50: float
    p99: float
    cpu: float
    client_cpu: float


@dataclass(slots=True)
class Measured:
    """All rounds of one contestant.

    Attributes:
        key: Key of the contestant.
        name: Name of the contestant.
        starts: Seconds from start to ready, one value per round.
        memory: PSS after the loads in bytes, one value per round.
        loads: Loads of all rounds and concurrencies.
    """

    key: str
    name: str
    starts: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def at(self, concurrency: int) -> list[Load]:
        """The loads with a number of connections, one per round."""
        return [load for load in self.loads if load.concurrency == concurrency]


def sample_windows(rows: int) -> f8:
    """Closes that move like those of a share: float64 [rows, 60], the same in every run."""
    steps = np.random.default_rng(7).normal(0.0, 0.02, (rows, 60))
    closes: f8 = np.round(30.0 * np.exp(np.cumsum(steps, axis=1)), 2)
    return closes


def measure(
    contestants: Sequence[Contestant], expected: Forecast, rounds: int, progress: Progress
) -> tuple[list[Measured], dict[str, str]]:
    """Measure all contestants in rounds.

    Args:
        contestants: The servers, in the order of measurement.
        expected: Computes the correct forecasts.
        rounds: Number of rounds.
        progress: Called with a message before each measurement.

    Returns:
        The measurements, and the reasons for the contestants that failed, by name.
    """
    found = {one.key: Measured(one.key, one.name) for one in contestants}
    failures: dict[str, str] = {}
    for number in range(rounds):
        for one in contestants:
            if one.key not in found:
                continue
            progress(f"round {number + 1} of {rounds}: {one.name}")
            try:
                _measure_once(one, expected, found[one.key])
            except (ServerUnavailableError, psutil.Error, subprocess.CalledProcessError) as error:
                progress(f"{one.name}: {error}")
                failures[one.name] = " ".join(str(error).split())
                del found[one.key]
    return list(found.values()), failures


def _measure_once(contestant: Contestant, expected: Forecast, measured: Measured) -> None:
    with Running(contestant) as running:
        check_answers(running, expected)
        pace = max(warm(running), _LEAST_RATE)
        loads = []
        for concurrency in CONCURRENCIES:
            # Long enough for a slow server to answer several requests on each connection.
            seconds = min(max(_LEAST_SECONDS, _ANSWERS_PER_CONNECTION * concurrency / pace), _MOST_SECONDS)
            loads.append(_load(running, concurrency, seconds))
            pace = loads[-1].rate
        measured.starts.append(running.seconds_to_ready)
        measured.memory.append(running.memory())
        measured.loads += loads


def check_answers(running: Running, expected: Forecast) -> None:
    """Verify the forecasts of a single window and of several windows in one request.

    Raises:
        ServerUnavailableError: A forecast is wrong.
    """
    windows = sample_windows(_CHECKED_WINDOWS)
    for closes in (windows[:1], windows):
        quantiles = running.ask(closes)
        if not running.contestant.same_network:
            correct = len(quantiles) == len(closes) and bool(np.isfinite(quantiles).all())
        else:
            reference = expected(closes)
            correct = quantiles.shape == reference.shape and np.allclose(quantiles, reference, rtol=TOLERANCE, atol=0)
        if not correct:
            raise ServerUnavailableError(f"wrong answer to {len(closes)} windows, first row {quantiles[:1].tolist()}")


def warm(running: Running) -> float:
    """Send requests for a few seconds before measuring. Returns responses per second."""
    return ask(running, json_bodies(running), _WARM_CONNECTIONS, _WARM_SECONDS).rate


def json_bodies(running: Running) -> list[Payload]:
    """Requests with one window each."""
    return [running.contestant.body(closes[None]) for closes in sample_windows(_WINDOWS)]


def _load(running: Running, concurrency: int, seconds: float) -> Load:
    cpu = running.cpu()
    result = ask(running, json_bodies(running), concurrency, seconds)
    cpu = running.cpu() - cpu
    answered = len(result.latencies)
    if not answered:
        raise ServerUnavailableError(f"no request on {concurrency} connections was answered: {result.failures}")
    p50, p99 = np.percentile(result.latencies, [50, 99])
    return Load(
        concurrency=concurrency,
        answered=answered,
        failed=len(result.refusals) + sum(result.failures.values()),
        rate=result.rate,
        p50=float(p50),
        p99=float(p99),
        cpu=cpu / answered,
        client_cpu=result.client_cpu / result.seconds,
    )


def ask(
    running: Running, payloads: Sequence[Payload], concurrency: int, seconds: float, rate: float | None = None
) -> Result:
    """Send a load to a contestant, from a separate process."""
    requests = tuple(_request(running.contestant.path, payload) for payload in payloads)
    return run_client(Spec("127.0.0.1", running.contestant.port, requests, concurrency, seconds, rate))


def run_client(spec: Spec) -> Result:
    """Run the client with a spec, in a separate process."""
    with tempfile.TemporaryDirectory() as folder:
        spec_file, result = Path(folder) / "spec.json", Path(folder) / "result.json"
        spec_file.write_text(json.dumps(asdict(spec)))
        command = [sys.executable, "-m", "benchmarks.client", str(spec_file), str(result)]
        subprocess.run(command, check=True, cwd=ROOT)
        return Result(**json.loads(result.read_text()))


def _request(path: str, payload: Payload) -> str:
    head = [
        f"POST {path} HTTP/1.1",
        "host: benchmark",
        *(f"{name}: {value}" for name, value in payload.headers.items()),
    ]
    return "\r\n".join([*head, f"content-length: {len(payload.body)}", "", payload.body.decode("latin-1")])
