"""Metrics of the jobs' state, which jobs push and the transformer serves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from model.state.ledger import LedgerEntry
from model.state.snapshot import StateSnapshot
from model.state.state_metrics import OUTCOMES, RESULTS, StateCollector
from model.state.status import GateDecision, LastRun, Status, StepResult

BEGAN = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)


def _entry(outcome: str, *, minutes: int, version: str = "A", **given: object) -> LedgerEntry:
    return LedgerEntry.model_validate(
        {
            "at": BEGAN + timedelta(minutes=minutes),
            "action": "promote",
            "by": "test",
            "outcome": outcome,
            "version": version,
            "address": version,
            **given,
        }
    )


def _registry(snapshot: StateSnapshot) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StateCollector(lambda: snapshot))
    return registry


def _value(snapshot: StateSnapshot, name: str, **labels: str) -> float | None:
    return _registry(snapshot).get_sample_value(f"nextclose_{name}", labels)


def test_empty_snapshot_has_zero_times_and_all_results() -> None:
    empty = StateSnapshot()
    for name in ("last_run", "last_success", "last_gate", "refused_since"):
        assert _value(empty, f"refresh_{name}_timestamp_seconds") == 0
    assert {_value(empty, "refresh_last_run_info", result=result) for result in RESULTS} == {0}
    for outcome in OUTCOMES:
        assert _value(empty, "promotions_total", outcome=outcome) == 0
        assert _value(empty, "promotion_last_timestamp_seconds", outcome=outcome) == 0
    assert "nextclose_state_file" not in generate_latest(_registry(empty)).decode().replace("# ", "").split("{")


def test_status_gives_metrics_of_refresh_steps_and_gate() -> None:
    steps = (
        StepResult(step="collect", result="collected", detail="", seconds=1.5),
        StepResult(step="gate", result="refused", detail="", seconds=0),
    )
    known = StateSnapshot(
        Status(
            last_run=LastRun(at=BEGAN, result="refused", steps=steps, seconds=90),
            last_gate=GateDecision(at=BEGAN, version="B", promoted=False, sentence=""),
            last_success=BEGAN,
            data_until={"PETR4.SA": date(2026, 1, 5)},
            refused_in_a_row=3,
            refused_since=BEGAN - timedelta(days=14),
        )
    )
    assert _value(known, "refresh_last_run_timestamp_seconds") == BEGAN.timestamp()
    assert _value(known, "refresh_last_run_info", result="refused") == 1
    assert _value(known, "refresh_last_run_info", result="promoted") == 0
    assert _value(known, "refresh_step_info", step="gate", result="refused") == 1
    assert _value(known, "refresh_step_seconds", step="collect") == 1.5
    assert _value(known, "refresh_last_success_timestamp_seconds") == BEGAN.timestamp()
    assert _value(known, "refresh_last_gate_info", version="B", decision="refused") == 1
    assert _value(known, "refresh_last_gate_promoted") == 0
    assert _value(known, "refresh_refused_in_a_row") == 3
    assert _value(known, "refresh_refused_since_timestamp_seconds") == (BEGAN - timedelta(days=14)).timestamp()
    until = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    assert _value(known, "refresh_data_until_timestamp_seconds", symbol="PETR4.SA") == until


def test_promotions_are_counted_by_outcome() -> None:
    entries = (
        _entry("begun", minutes=0),
        _entry("done", minutes=1),
        _entry("begun", minutes=2, version="B"),
        _entry("failed", minutes=3, version="B", restored=True),
        _entry("failed", minutes=4, version="C"),  # nothing was changed
        _entry("failed", minutes=5, version="D", restored=False),
        _entry("done", minutes=6, version="E"),
        _entry("done", minutes=7, version="A", action="rollback"),
    )
    known = StateSnapshot(entries=entries)
    counts = {outcome: _value(known, "promotions_total", outcome=outcome) for outcome in OUTCOMES}
    assert counts == {"promoted": 2, "rolled_back": 1, "restored": 2, "failed": 1}
    last = _value(known, "promotion_last_timestamp_seconds", outcome="restored")
    assert last == (BEGAN + timedelta(minutes=4)).timestamp()
    since = (BEGAN + timedelta(minutes=7)).timestamp()
    assert _value(known, "promotion_served_since_timestamp_seconds", version="A") == since
    assert _value(known, "promotion_served_since_timestamp_seconds", version="E") is None
    assert _value(known, "promotion_unfinished_since_timestamp_seconds") == 0


def test_unfinished_promotion_has_its_start_time() -> None:
    known = StateSnapshot(entries=(_entry("done", minutes=0), _entry("begun", minutes=9, version="B")))
    began = (BEGAN + timedelta(minutes=9)).timestamp()
    assert _value(known, "promotion_unfinished_since_timestamp_seconds") == began


@pytest.mark.parametrize("condition", ["read", "missing", "corrupt", "unreadable"])
def test_state_file_has_one_of_four_conditions(condition: str) -> None:
    known = StateSnapshot(conditions={"status.json": condition})  # type: ignore[dict-item]  # any of the four
    values = {
        label: _value(known, "state_file", file="status.json", condition=label)
        for label in ("read", "missing", "corrupt", "unreadable")
    }
    assert values == {label: float(label == condition) for label in values}
