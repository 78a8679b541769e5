"""The servers under test: addresses, served model, and the state that requests must not change."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from tests.fuzz.inference_requests import Served
from tests.fuzz.invariant_error import InvariantError
from tests.serving.processes import Pair, RunningServer

_QUIET_SECONDS: Final = 60.0
_GROWTH: Final = 1.15
_GAUGES: Final = ("nextclose_requests_in_flight", "nextclose_waiting_rows", "nextclose_http_connections")


@dataclass(frozen=True, slots=True)
class Address:
    """An HTTP address of a server: a host and a port, or a Unix socket."""

    host: str = ""
    port: int = 0
    unix: Path | None = None

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        if self.unix is not None:
            return await asyncio.open_unix_connection(str(self.unix))
        return await asyncio.open_connection(self.host, self.port)


class Target:
    """A server under test.

    Attributes:
        url: HTTP URL.
        served: Model, version and symbol for requests.
        addresses: HTTP addresses.
        grpc: gRPC address as `host:port`; None if gRPC is not tested.
        local: Whether its process runs on this machine, so that log and memory can be checked.
    """

    def __init__(self, url: str, grpc: str | None, role: RunningServer | None = None, unix: Path | None = None) -> None:
        """Query the server for its model and symbols.

        Args:
            url: HTTP URL.
            grpc: gRPC address; None if gRPC is not tested.
            role: The process, if it runs on this machine.
            unix: The Unix socket, if there is one.
        """
        self.url = url
        self.grpc = grpc
        self._role = role
        self.local = role is not None
        parts = urlsplit(url)
        tcp = Address(parts.hostname or "", parts.port or 80)
        self.addresses = (tcp,) if unix is None else (tcp, Address(unix=unix))
        self.served = _served(url)
        self._logged = 0
        self._memory = 0
        self._before = self.gauges()

    def gauges(self) -> dict[str, float]:
        """Metrics that must have the same value before and after a request."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False, headers={"connection": "close"}).text
        return {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name in _GAUGES and sample.labels.get("role") == self.served.role
        }

    def check_quiet(self) -> None:
        """Wait until all requests are finished and all connections are closed.

        Raises:
            InvariantError: Requests or connections remain.
        """
        deadline = time.monotonic() + _QUIET_SECONDS
        while any(value > self._before[name] for name, value in self.gauges().items()):
            if time.monotonic() > deadline:
                text = (
                    f"{self.served.role}: left over after {_QUIET_SECONDS:g} s: {self.gauges()}, before: {self._before}"
                )
                raise InvariantError(text)
            time.sleep(0.5)

    def check_log(self) -> None:
        """Check that the process is running and has not logged an error since the last check.

        Raises:
            InvariantError: The process exited or logged an error.
        """
        if self._role is None:
            return
        self._role.program.check_alive()
        lines = self._role.program.log.splitlines()
        faults = [line for line in lines[self._logged :] if not line.startswith("{") or '"level": "error"' in line]
        self._logged = len(lines)
        if faults:
            raise InvariantError(f"{self.served.role} logged: " + "\n".join(line[:4000] for line in faults[:20]))

    def memory(self) -> int:
        """Resident memory of the process in bytes, without its children."""
        assert self._role is not None
        process = psutil.Process(self._role.program.process.pid)
        samples: list[int] = []
        for _ in range(5):
            samples.append(process.memory_info().rss)
            time.sleep(0.2)
        return min(samples)

    def remember_memory(self) -> str:
        """Record the memory that `check_memory` compares with. Returns a message."""
        self._memory = self.memory()
        return f"{self.served.role}: {_mebibytes(self._memory)} after the warm-up"

    def check_memory(self) -> str:
        """Compare the memory with that after the warm-up. Returns a message.

        Raises:
            InvariantError: Memory has grown by more than 15 %.
        """
        now = self.memory()
        text = f"{self.served.role}: {_mebibytes(self._memory)} after the warm-up, {_mebibytes(now)} at the end"
        if now > self._memory * _GROWTH:
            raise InvariantError(f"memory has grown by more than 15 %: {text}")
        return text


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def pair_targets(pair: Pair, unix: Path | None = None) -> list[Target]:
    """Both servers of a pair on this machine; `unix` is the predictor's Unix socket."""
    return [
        Target(pair.transformer.url, pair.transformer.grpc, pair.transformer),
        Target(pair.predictor.url, pair.predictor.grpc, pair.predictor, unix),
    ]


def _served(url: str) -> Served:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        (model,) = client.get("/v2/models").json()["models"]
        metadata = client.get(f"/v2/models/{model}").json()
        inputs = {entry["name"] for entry in metadata["inputs"]}
        if "symbol" not in inputs:
            return Served("predictor", model, metadata["versions"][0], "PETR4.SA")
        symbols: Sequence[str] = client.get("/symbols").json()["symbols"]
        return Served("transformer", model, metadata["versions"][0], symbols[0])
