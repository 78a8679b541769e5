"""A service with two symbols and what jobs leave, and the dashboard before it: real processes of the command line."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import httpx

from model.prices.store import PriceStore
from model.state.folder import StateFolder
from model.state.ledger import Entry, Ledger
from model.state.status import GateDecision, LastRun, Status, StepResult, write_status
from tests.cli.nextclose import Ports, Running
from tests.cli.workplace import Stepped
from tests.serving.processes import free_ports, until

OTHER: Final = "TEST3.SA"
NAMED: Final = "20261123T014500Z-0a1b2c3d"
_AT: Final = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def two_symbols(stepped: Stepped, folder: Path) -> Path:
    """A copy of a workplace whose store holds the same closes under another symbol too, at twice the price."""
    shutil.copytree(stepped.place.data, folder / "data")
    store = PriceStore(str(folder / "data"))
    series = store.read(stepped.place.symbol)
    quality = store.read_quality(stepped.place.symbol)
    store.write(replace(series, symbol=OTHER, close=series.close * 2, adjusted=series.adjusted * 2), quality)
    _leave_state(StateFolder(str(folder / "data")), stepped.place.registry.versions()[0], series.last)
    return folder


def _leave_state(state: StateFolder, version: str, until_day: date) -> None:
    """What a refresh that was refused, after a promotion, leaves beside the store."""
    steps = (
        StepResult(step="collect", result="done", detail="2 new sessions", seconds=1.5),
        StepResult(step="gate", result="refused", detail="its 50 % interval held too much", seconds=0.2),
    )
    write_status(
        state,
        Status(
            last_run=LastRun(at=_AT, result="refused", steps=steps, seconds=75.0),
            last_gate=GateDecision(at=_AT, version=NAMED, promoted=False, sentence="Refused: its *CRPS* is larger."),
            data_until={OTHER: until_day},
            refused_in_a_row=1,
        ),
    )
    for outcome in ("begun", "done"):
        Ledger(state).write(
            Entry(at=_AT, action="promote", by="bootstrap", outcome=outcome, version=version, address="pvc://a/b")
        )


@dataclass(slots=True)
class Service:
    """`nextclose serve` in a workplace; it can go away and come back at the same address."""

    folder: Path
    ports: Ports
    command: Running

    @classmethod
    def start(cls, folder: Path) -> "Service":
        ports = Ports.free()
        return cls(folder, ports, cls._start(folder, ports)).awaited()

    @staticmethod
    def _start(folder: Path, ports: Ports) -> Running:
        return Running(folder, "serve", *ports.options, variables={"NEXTCLOSE_WATCH_SECONDS": 0.5})

    @property
    def url(self) -> str:
        return self.ports.url

    def awaited(self) -> "Service":
        """Itself, once it answers and has read what jobs left."""
        self.command.await_text("curl -s")
        until(self._complete, "the service has read the state")
        return self

    def _complete(self) -> bool:
        return bool(httpx.get(f"{self.url}/versions", trust_env=False).json()["promotions"])

    def leave(self) -> None:
        self.command.stop()

    def come_back(self) -> None:
        self.command = self._start(self.folder, self.ports)
        self.awaited()


@contextmanager
def dashboard(folder: Path, url: str, **variables: object) -> Iterator[str]:
    """`nextclose dashboard`, until the block's end; gives its address."""
    (port,) = free_ports(1)
    given = {f"NEXTCLOSE_DASHBOARD_{name.upper()}": value for name, value in variables.items()}
    command = Running(folder, "dashboard", "--url", url, "--port", port, variables=given)
    address = f"http://127.0.0.1:{port}"
    try:
        command.await_text(f"dashboard  {address}")
        until(lambda: _healthy(command, address), "the dashboard answers")
        yield address
    finally:
        command.stop()
    assert "Traceback" not in command.err, command.err


def _healthy(command: Running, address: str) -> bool:
    assert command.process.poll() is None, command.err
    try:
        return httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
