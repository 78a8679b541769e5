"""A service with two symbols and the state files of jobs, and a dashboard in front of it, as real processes."""

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
from model.state.ledger import Ledger, LedgerEntry
from model.state.status import GateDecision, LastRun, Status, StepResult, write_status
from tests.cli.nextclose import BackgroundCommand, Ports
from tests.cli.workplace import PipelineRun
from tests.scaled_series import scaled
from tests.serving.processes import free_ports, wait_until

OTHER: Final = "TEST3.SA"
CANDIDATE: Final = "20261123T014500Z-0a1b2c3d"
_AT: Final = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def two_symbols(stepped: PipelineRun, folder: Path) -> Path:
    """Copy a workplace, and store its closes under a second symbol too, at twice the price."""
    shutil.copytree(stepped.place.data, folder / "data")
    store = PriceStore(str(folder / "data"))
    series = store.read(stepped.place.symbol)
    quality = store.read_quality(stepped.place.symbol)
    store.write(replace(scaled(series, 2, close=series.close * 2), symbol=OTHER), quality)
    _write_state(StateFolder(str(folder / "data")), stepped.place.registry.versions()[0], series.last)
    return folder


def _write_state(state: StateFolder, version: str, until_day: date) -> None:
    """Write the state of a refused refresh after a promotion."""
    steps = (
        StepResult(step="collect", result="done", detail="2 new sessions", seconds=1.5),
        StepResult(step="gate", result="refused", detail="the coverage of the 50 % interval is too high", seconds=0.2),
    )
    write_status(
        state,
        Status(
            last_run=LastRun(at=_AT, result="refused", steps=steps, seconds=75.0),
            last_gate=GateDecision(
                at=_AT, version=CANDIDATE, promoted=False, sentence="Refused: its *CRPS* is larger."
            ),
            data_until={OTHER: until_day},
            refused_in_a_row=1,
        ),
    )
    for outcome in ("begun", "done"):
        Ledger(state).write(
            LedgerEntry(at=_AT, action="promote", by="bootstrap", outcome=outcome, version=version, address="pvc://a/b")
        )


@dataclass(slots=True)
class Service:
    """`nextclose serve` in a workplace; it can be stopped and restarted at the same address."""

    folder: Path
    ports: Ports
    command: BackgroundCommand

    @classmethod
    def start(cls, folder: Path) -> "Service":
        ports = Ports.free()
        return cls(folder, ports, cls._run(folder, ports)).wait_until_ready()

    @staticmethod
    def _run(folder: Path, ports: Ports) -> BackgroundCommand:
        return BackgroundCommand(folder, "serve", *ports.options, variables={"NEXTCLOSE_WATCH_SECONDS": 0.5})

    @property
    def url(self) -> str:
        return self.ports.url

    def wait_until_ready(self) -> "Service":
        """Wait until the service answers and has read the state files; return self."""
        self.command.await_text("curl -s")
        wait_until(self._has_state, "the service has read the state")
        return self

    def _has_state(self) -> bool:
        return bool(httpx.get(f"{self.url}/versions", trust_env=False).json()["promotions"])

    def stop(self) -> None:
        self.command.stop()

    def restart(self) -> None:
        self.command = self._run(self.folder, self.ports)
        self.wait_until_ready()


@contextmanager
def dashboard(folder: Path, url: str, **variables: object) -> Iterator[str]:
    """Run `nextclose dashboard` until the end of the block; yields its address."""
    (port,) = free_ports(1)
    environment = {f"NEXTCLOSE_DASHBOARD_{name.upper()}": value for name, value in variables.items()}
    command = BackgroundCommand(folder, "dashboard", "--url", url, "--port", port, variables=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        command.await_text(f"dashboard  {address}")
        wait_until(lambda: _is_healthy(command, address), "the dashboard answers")
        yield address
    finally:
        command.stop()
    assert "Traceback" not in command.err, command.err


def _is_healthy(command: BackgroundCommand, address: str) -> bool:
    assert command.process.poll() is None, command.err
    try:
        return httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
