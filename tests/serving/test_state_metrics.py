"""The transformer exposes status and ledger of the jobs as metrics, even without a model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.state.folder import StateFolder
from model.state.ledger import Ledger, LedgerEntry
from model.state.status import LastRun, Status, write_status
from tests.serving.processes import RunningServer, start_transformer, wait_until

NOW = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "store"


@pytest.fixture(scope="module")
def role(store: Path) -> Iterator[RunningServer]:
    started = start_transformer(store.parent, store.parent / "models", store, watch_seconds=0.2)
    try:
        started.await_status(200, "/v2/health/live")
        yield started
    finally:
        started.program.stop()


def _await(role: RunningServer, condition: str, file: str = "status.json") -> None:
    wait_until(
        lambda: role.metric("nextclose_state_file", file=file, condition=condition) == 1, f"{file} is {condition}", 20
    )


def test_metrics_follow_missing_readable_and_corrupt_files(role: RunningServer, store: Path) -> None:
    _await(role, "missing")
    assert role.metric("nextclose_refresh_last_run_timestamp_seconds") == 0

    folder = StateFolder(str(store))
    write_status(folder, Status(last_run=LastRun(at=NOW, result="failed", steps=(), seconds=3), refused_in_a_row=2))
    Ledger(folder).write(
        LedgerEntry(at=NOW, action="promote", by="t", outcome="failed", version="A", address="A", restored=True)
    )
    _await(role, "read")
    _await(role, "read", "promotions.jsonl")
    assert role.metric("nextclose_refresh_last_run_timestamp_seconds") == NOW.timestamp()
    assert role.metric("nextclose_refresh_last_run_info", result="failed") == 1
    assert role.metric("nextclose_promotions_total", outcome="restored") == 1

    # A corrupt file: the last known values remain, and one line is logged.
    (store / "status.json").write_text("{")
    _await(role, "corrupt")
    assert role.metric("nextclose_refresh_refused_in_a_row") == 2
    assert role.program.log.count("a state file of the jobs cannot be used") == 1
    assert role.status("/v2/health/live") == 200

    (store / "status.json").unlink()
    _await(role, "missing")
    assert role.metric("nextclose_refresh_refused_in_a_row") == 0


def test_transformer_without_a_model_is_not_ready(role: RunningServer) -> None:
    assert role.status() == 503
    assert role.metric("nextclose_ready", role="transformer") == 0
