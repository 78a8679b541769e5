"""Metrics of what jobs leave: the jobs send them when they end, the transformer serves them from the volume.

Times are in seconds since 1970, 0 where there is none yet: a series that is always there can be asked for.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Final, Literal, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from model.state.ledger import Entry, interrupted
from model.state.snapshot import CONDITIONS, Snapshot
from model.state.status import LastRun, Status

Outcome = Literal["promoted", "rolled_back", "restored", "failed"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
RESULTS: Final[tuple[str, ...]] = get_args(LastRun.model_fields["result"].annotation)


class StateCollector(Collector):
    """Metrics of a snapshot, as it is whenever they are asked for."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """All families."""
        snapshot = self._snapshot()
        yield from _refresh(snapshot.status)
        yield from _gate(snapshot.status)
        yield from _promotions(snapshot.entries)
        if snapshot.conditions:
            yield _files(snapshot)


def outcome_of(entry: Entry) -> Outcome | None:
    """What a line of the ledger says was the end of a promotion; None for its beginning.

    `restored`: a check failed, and what was served before is served; `failed`: going back failed too.
    """
    if entry.outcome == "begun":
        return None
    if entry.outcome == "done":
        return "rolled_back" if entry.action == "rollback" else "promoted"
    return "failed" if entry.restored is False else "restored"


def _refresh(status: Status) -> Iterator[Metric]:
    run = status.last_run
    yield _one(
        "nextclose_refresh_last_run_timestamp_seconds", "When the last refresh ended", _at(run.at if run else None)
    )
    yield _one("nextclose_refresh_last_run_seconds", "How long it took", run.seconds if run else 0.0)
    results = _many("nextclose_refresh_last_run_info", "1 for its result", "result")
    for result in RESULTS:
        results.add_metric([result], float(run is not None and run.result == result))
    yield results
    seconds = _many("nextclose_refresh_step_seconds", "Seconds of each of its steps", "step")
    steps = _many("nextclose_refresh_step_info", "1 for the result of each of its steps", "step", "result")
    for step in run.steps if run else ():
        seconds.add_metric([step.step], step.seconds)
        steps.add_metric([step.step, step.result], 1.0)
    yield seconds
    yield steps
    yield _one(
        "nextclose_refresh_last_success_timestamp_seconds",
        "When a refresh last ended without failure",
        _at(status.last_success),
    )
    until = _many("nextclose_refresh_data_until_timestamp_seconds", "Date of the last close it found", "symbol")
    for symbol, day in status.data_until.items():
        until.add_metric([symbol], _midnight(day))
    yield until


def _gate(status: Status) -> Iterator[Metric]:
    gate = status.last_gate
    yield _one(
        "nextclose_refresh_last_gate_timestamp_seconds", "When the gate last decided", _at(gate.at if gate else None)
    )
    decided = _many("nextclose_refresh_last_gate_info", "1 for the candidate and its decision", "version", "decision")
    promoted = _many("nextclose_refresh_last_gate_promoted", "Whether it let the candidate pass")
    if gate is not None:
        promoted.add_metric([], float(gate.promoted))
        decided.add_metric([gate.version, "promoted" if gate.promoted else "refused"], 1.0)
    yield promoted
    yield decided
    yield _one(
        "nextclose_refresh_refused_in_a_row",
        "Candidates that the gate refused since it last let one pass",
        float(status.refused_in_a_row),
    )
    yield _one(
        "nextclose_refresh_refused_since_timestamp_seconds",
        "When it refused the first of them",
        _at(status.refused_since),
    )


def _promotions(entries: tuple[Entry, ...]) -> Iterator[Metric]:
    ended = [(outcome, entry) for entry in entries if (outcome := outcome_of(entry)) is not None]
    count = CounterMetricFamily(
        "nextclose_promotions",
        "Promotions by what became of them: promoted, rolled_back, restored (a check failed, what was served before is "
        "served), failed (going back failed too)",
        labels=["outcome"],
    )
    last = _many("nextclose_promotion_last_timestamp_seconds", "When a promotion last ended so", "outcome")
    for outcome in OUTCOMES:
        times = [entry.at.timestamp() for one, entry in ended if one == outcome]
        count.add_metric([outcome], len(times))
        last.add_metric([outcome], max(times, default=0.0))
    yield count
    yield last
    since = _many("nextclose_promotion_served_since_timestamp_seconds", "Since when the version is served", "version")
    done = [entry for entry in entries if entry.outcome == "done"]
    if done:
        since.add_metric([done[-1].version], done[-1].at.timestamp())
    yield since
    begun = interrupted(entries)
    yield _one(
        "nextclose_promotion_unfinished_since_timestamp_seconds",
        "When the promotion was begun that has not ended",
        _at(begun.at if begun else None),
    )


def _files(snapshot: Snapshot) -> Metric:
    family = _many("nextclose_state_file", "1 for what each file of the jobs' state is now", "file", "condition")
    for file, now in snapshot.conditions.items():
        for condition in CONDITIONS:
            family.add_metric([file, condition], float(condition == now))
    return family


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text + ".", value=value)


def _many(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text + ".", labels=labels)


def _at(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), tzinfo=UTC).timestamp()
