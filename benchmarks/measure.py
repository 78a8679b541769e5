"""Measuring: rounds in which every contestant takes its turn, so that whatever else the machine does meets them all."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.client import Result, Spec
from benchmarks.contestants import Contestant, Running
from loadtest.payloads import Payload

f8 = NDArray[np.float64]

CONCURRENCIES: Final = (1, 8, 32, 128)
MANY_ROWS: Final = 256
_WINDOWS: Final = 64
_LEAST_SECONDS: Final = 3.0
_ANSWERS_A_CONNECTION: Final = 4  # the least, so that a slow server's tail is one of answers and not of the start
_MOST_SECONDS: Final = 40.0
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Load:
    """One contestant under one load, in one round; latencies in seconds."""

    concurrency: int
    answered: int
    failed: int
    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    client_cpu: float
    memory: int


@dataclass(slots=True)
class Measured:
    """All rounds of one contestant: seconds to ready, loads, and windows a second with 256 in a request."""

    key: str
    name: str
    starts: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    windows: list[float] = field(default_factory=list)

    def of(self, concurrency: int) -> list[Load]:
        """The loads of a concurrency, one for each round."""
        return [load for load in self.loads if load.concurrency == concurrency]


def sample_windows(rows: int) -> f8:
    """Closes that move like a share's, float64 [rows, 60]; the same in every run."""
    steps = np.random.default_rng(7).normal(0.0, 0.02, (rows, 60))
    closes: f8 = np.round(30.0 * np.exp(np.cumsum(steps, axis=1)), 2)
    return closes


def measure(entrants: Sequence[Contestant], rounds: int, tell: Tell) -> list[Measured]:
    """Starts every contestant alone, some times over; then all side by side, each under each load in every round.

    Raises:
        RuntimeError: one does not start, or answers wrongly, or refuses.
    """
    found = {one.key: Measured(one.key, one.name) for one in entrants}
    for number in range(rounds):
        for one in entrants:
            tell(f"start {number + 1} of {rounds}: {one.name}")
            with Running(one) as running:
                found[one.key].starts.append(running.seconds_to_ready)
    with ExitStack() as stack:
        everyone = [stack.enter_context(Running(one)) for one in entrants]
        for running in everyone:
            warm(running)
        for number in range(rounds):
            for concurrency in CONCURRENCIES:
                for running in everyone:
                    tell(f"round {number + 1} of {rounds}, {concurrency} at once: {running.contestant.name}")
                    found[running.contestant.key].loads.append(_load(running, concurrency))
            for running in everyone:
                tell(f"round {number + 1} of {rounds}, {MANY_ROWS} windows in a request: {running.contestant.name}")
                found[running.contestant.key].windows.append(_windows(running))
    return list(found.values())


def warm(running: Running) -> None:
    """Looks at some answers, and asks for two seconds."""
    one, many = sample_windows(1), sample_windows(MANY_ROWS)
    for closes, body in ((one, running.contestant.one(one)), (many, running.contestant.many(many))):
        for _ in range(3):
            running.check(closes, body)
    ask(running, [running.contestant.one(one)], 32, 2.0)


def _load(running: Running, concurrency: int) -> Load:
    bodies = [running.contestant.one(closes[None]) for closes in sample_windows(_WINDOWS)]
    # As long as it takes a slow server to give each connection some answers.
    probe = ask(running, bodies, concurrency, 0.5)
    pace = probe.rate
    seconds = min(max(_LEAST_SECONDS, _ANSWERS_A_CONNECTION * concurrency / pace), _MOST_SECONDS)
    cpu = running.cpu()
    result = ask(running, bodies, concurrency, seconds)
    cpu = running.cpu() - cpu
    answered = len(result.latencies)
    p50, p95, p99 = np.percentile(result.latencies, [50, 95, 99])
    return Load(
        concurrency=concurrency,
        answered=answered,
        failed=len(result.refusals) + sum(result.failures.values()),
        rate=result.rate,
        p50=float(p50),
        p95=float(p95),
        p99=float(p99),
        cpu=cpu / answered,
        client_cpu=result.client_cpu / result.seconds,
        memory=running.memory(),
    )


def _windows(running: Running) -> float:
    result = ask(running, [running.contestant.many(sample_windows(MANY_ROWS))], 1, _LEAST_SECONDS)
    return MANY_ROWS * result.rate


def ask(
    running: Running, payloads: Sequence[Payload], concurrency: int, seconds: float, rate: float | None = None
) -> Result:
    """Runs the client, in a process of its own."""
    requests = tuple(_request(running.contestant.path, payload) for payload in payloads)
    return run_client(Spec("127.0.0.1", running.contestant.port, requests, concurrency, seconds, rate))


def run_client(spec: Spec) -> Result:
    """Runs the client with a spec, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        asked, result = Path(folder) / "spec.json", Path(folder) / "result.json"
        asked.write_text(json.dumps(asdict(spec)))
        command = [sys.executable, "-m", "benchmarks.client", str(asked), str(result)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        return Result(**json.loads(result.read_text()))


def _request(path: str, payload: Payload) -> str:
    head = [
        f"POST {path} HTTP/1.1",
        "host: benchmark",
        *(f"{name}: {value}" for name, value in payload.headers.items()),
    ]
    return "\r\n".join([*head, f"content-length: {len(payload.body)}", "", payload.body.decode("latin-1")])
