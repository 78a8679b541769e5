"""The load client: a fixed number of connections, each of which sends its next request after the response.

    python -m benchmarks.client SPEC.json RESULT.json

It shares the machine with the server and must use little CPU: it uses no HTTP library, requests are prepared bytes, and
only the headers of a response are parsed. The contents of responses are verified before the run.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length: "  # not inference-header-content-length


@dataclass(frozen=True, slots=True)
class Spec:
    """The specification of a load.

    Attributes:
        host: Host of the server.
        port: Port of the server.
        requests: Complete HTTP requests, sent in rotation.
        concurrency: Number of connections.
        seconds: Duration.
        rate: Requests per second, sent on idle connections; None sends the next request after each response.
    """

    host: str
    port: int
    requests: tuple[str, ...]
    concurrency: int
    seconds: float
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The measurements of a load.

    Attributes:
        latencies: Latencies of responses with status 200, in seconds.
        refusals: Latencies of responses with status 503, in seconds.
        failures: Counts of other responses, by status, and of lost connections.
        missed: Number of requests that were not sent because no connection was idle.
        seconds: Time from the first request to the last response.
        client_cpu: CPU seconds of the client.
    """

    latencies: list[float]
    refusals: list[float]
    failures: dict[str, int]
    missed: int
    seconds: float
    client_cpu: float

    @property
    def rate(self) -> float:
        """Responses with status 200 per second."""
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._buffer = b""
        self._expected = 0
        self._status = b""
        self._sent = 0.0
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, due: float) -> None:
        """Send the next request, which was due at the time `due`."""
        self._sent = due
        self.transport.write(self._run.next_request())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._expected:
            end = self._buffer.find(_END_OF_HEAD)
            if end < 0:
                return
            head = self._buffer[:end].lower() + b"\r\n"
            self._status = head[9:12]
            start = head.find(_LENGTH) + len(_LENGTH)
            length = int(head[start : head.index(b"\r", start)]) if start >= len(_LENGTH) else 0
            self._expected = end + len(_END_OF_HEAD) + length
        if len(self._buffer) < self._expected:
            return
        now = time.perf_counter()
        self._buffer = b""
        self._expected = 0
        self._run.answered(self, self._status, now - self._sent, now)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        self._run.lost(self)


class _Run:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._requests = [request.encode("latin-1") for request in spec.requests]
        self._next = 0
        self._end = 0.0
        self._idle: list[_Connection] = []
        self._busy = 0
        self._over = asyncio.Event()
        self.latencies: list[float] = []
        self.refusals: list[float] = []
        self.failures: dict[str, int] = {}
        self.missed = 0

    def next_request(self) -> bytes:
        self._next = (self._next + 1) % len(self._requests)
        return self._requests[self._next]

    def answered(self, connection: _Connection, status: bytes, seconds: float, now: float) -> None:
        if status == b"200":
            self.latencies.append(seconds)
        elif status == b"503":
            self.refusals.append(seconds)
        else:
            self._fail(status.decode("latin-1"))
        if self._spec.rate is None and now < self._end:
            connection.ask(now)
        else:
            self._busy -= 1
            self._idle.append(connection)
            if now >= self._end and not self._busy:
                self._over.set()

    def lost(self, connection: _Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        elif not self._over.is_set():
            self._busy -= 1
            self._fail("connection lost")
            # With a fixed rate, other requests may still be due.
            if not self._busy and (self._spec.rate is None or time.perf_counter() >= self._end):
                self._over.set()

    def _fail(self, reason: str) -> None:
        self.failures[reason] = self.failures.get(reason, 0) + 1

    async def run(self) -> Result:
        loop = asyncio.get_running_loop()
        made = [
            loop.create_connection(lambda: _Connection(self), self._spec.host, self._spec.port)
            for _ in range(self._spec.concurrency)
        ]
        connections = [protocol for _, protocol in await asyncio.gather(*made)]
        cpu, begun = _cpu(), time.perf_counter()
        self._end = begun + self._spec.seconds
        if self._spec.rate is None:
            self._busy = len(connections)
            for connection in connections:
                connection.ask(time.perf_counter())
        else:
            self._idle = connections
            await self._offer(self._spec.rate, begun)
        async with asyncio.timeout(self._spec.seconds + 120):
            if self._busy:
                await self._over.wait()
        result = Result(
            self.latencies,
            self.refusals,
            self.failures,
            self.missed,
            time.perf_counter() - begun,
            _cpu() - cpu,
        )
        self._over.set()
        for connection in connections:
            connection.transport.close()
        return result

    async def _offer(self, rate: float, begun: float) -> None:
        sent = 0
        while (now := time.perf_counter()) < self._end:
            due = int((now - begun) * rate)
            while sent < due:
                sent += 1
                if not self._idle:
                    self.missed += 1
                    continue
                self._busy += 1
                # Latency is measured from the due time, so that a delayed request does not make the server look faster.
                self._idle.pop().ask(begun + sent / rate)
            await asyncio.sleep(0.001)
        self._end = 0.0


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(arguments: Sequence[str]) -> None:
    """Read a spec, send the load, and write the result."""
    spec, result = (Path(argument) for argument in arguments)
    run = _Run(Spec(**json.loads(spec.read_text())))
    result.write_text(json.dumps(asdict(uvloop.run(run.run()))))


if __name__ == "__main__":
    main(sys.argv[1:])
