"""Metrics of the jobs' state: jobs push them when they end, and the transformer serves them from the state files.

Times are Unix timestamps in seconds. A missing time is 0, so that every time series always exists for queries.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Final, Literal, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from model.state.ledger import LedgerEntry, unfinished_promotion
from model.state.snapshot import CONDITIONS, StateSnapshot
from model.state.status import LastRun, Status

Outcome = Literal["promoted", "rolled_back", "restored", "failed"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
RESULTS: Final[tuple[str, ...]] = get_args(LastRun.model_fields["result"].annotation)


class StateCollector(Collector):
    """Collector of metrics from the snapshot at the time of each scrape."""

    def __init__(self, snapshot: Callable[[], StateSnapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Collect all metric families."""
        snapshot = self._snapshot()
        yield from _refresh_metrics(snapshot.status)
        yield from _gate_metrics(snapshot.status)
        yield from _promotion_metrics(snapshot.entries)
        if snapshot.conditions:
            yield _file_metric(snapshot)


def outcome_of(entry: LedgerEntry) -> Outcome | None:
    """The outcome of a promotion according to a line of the ledger; None for a promotion that was only begun.

    `restored`: a check failed, and the previous version is served again; `failed`: restoring it failed, too.
    """
    if entry.outcome == "begun":
        return None
    if entry.outcome == "done":
        return "rolled_back" if entry.action == "rollback" else "promoted"
    return "failed" if entry.restored is False else "restored"


def _refresh_metrics(status: Status) -> Iterator[Metric]:
    run = status.last_run
    yield _gauge(
        "nextclose_refresh_last_run_timestamp_seconds", "End of the last refresh", _timestamp(run.at if run else None)
    )
    yield _gauge("nextclose_refresh_last_run_seconds", "Duration of the last refresh", run.seconds if run else 0.0)
    results = _labelled_gauge("nextclose_refresh_last_run_info", "1 for the result of the last refresh", "result")
    for result in RESULTS:
        results.add_metric([result], float(run is not None and run.result == result))
    yield results
    seconds = _labelled_gauge("nextclose_refresh_step_seconds", "Duration of each step of the last refresh", "step")
    steps = _labelled_gauge(
        "nextclose_refresh_step_info", "1 for the result of each step of the last refresh", "step", "result"
    )
    for step in run.steps if run else ():
        seconds.add_metric([step.step], step.seconds)
        steps.add_metric([step.step, step.result], 1.0)
    yield seconds
    yield steps
    yield _gauge(
        "nextclose_refresh_last_success_timestamp_seconds",
        "End of the last refresh without failure",
        _timestamp(status.last_success),
    )
    until = _labelled_gauge(
        "nextclose_refresh_data_until_timestamp_seconds", "Date of the last close in the last refresh", "symbol"
    )
    for symbol, day in status.data_until.items():
        until.add_metric([symbol], _midnight(day))
    yield until


def _gate_metrics(status: Status) -> Iterator[Metric]:
    gate = status.last_gate
    yield _gauge(
        "nextclose_refresh_last_gate_timestamp_seconds",
        "Time of the last gate decision",
        _timestamp(gate.at if gate else None),
    )
    decided = _labelled_gauge(
        "nextclose_refresh_last_gate_info",
        "1 for the candidate and the decision of the last gate run",
        "version",
        "decision",
    )
    promoted = _labelled_gauge(
        "nextclose_refresh_last_gate_promoted", "Whether the candidate passed the gate in its last run"
    )
    if gate is not None:
        promoted.add_metric([], float(gate.promoted))
        decided.add_metric([gate.version, "promoted" if gate.promoted else "refused"], 1.0)
    yield promoted
    yield decided
    yield _gauge(
        "nextclose_refresh_refused_in_a_row",
        "Number of candidates that the gate refused since the last one that passed",
        float(status.refused_in_a_row),
    )
    yield _gauge(
        "nextclose_refresh_refused_since_timestamp_seconds",
        "Time of the first refusal since the last candidate that passed the gate",
        _timestamp(status.refused_since),
    )


def _promotion_metrics(entries: tuple[LedgerEntry, ...]) -> Iterator[Metric]:
    ended = [(outcome, entry) for entry in entries if (outcome := outcome_of(entry)) is not None]
    count = CounterMetricFamily(
        "nextclose_promotions",
        "Promotions by outcome: promoted, rolled_back, restored (a check failed and the previous version is served "
        "again), failed (restoring it failed, too)",
        labels=["outcome"],
    )
    last = _labelled_gauge(
        "nextclose_promotion_last_timestamp_seconds", "Time of the last promotion with each outcome", "outcome"
    )
    for outcome in OUTCOMES:
        times = [entry.at.timestamp() for ended_outcome, entry in ended if ended_outcome == outcome]
        count.add_metric([outcome], len(times))
        last.add_metric([outcome], max(times, default=0.0))
    yield count
    yield last
    since = _labelled_gauge(
        "nextclose_promotion_served_since_timestamp_seconds", "Time since which the version is served", "version"
    )
    done = [entry for entry in entries if entry.outcome == "done"]
    if done:
        since.add_metric([done[-1].version], done[-1].at.timestamp())
    yield since
    begun = unfinished_promotion(entries)
    yield _gauge(
        "nextclose_promotion_unfinished_since_timestamp_seconds",
        "Beginning of the promotion that has not ended",
        _timestamp(begun.at if begun else None),
    )


def _file_metric(snapshot: StateSnapshot) -> Metric:
    family = _labelled_gauge(
        "nextclose_state_file", "1 for the current condition of each file of the jobs' state", "file", "condition"
    )
    for file, current in snapshot.conditions.items():
        for condition in CONDITIONS:
            family.add_metric([file, condition], float(condition == current))
    return family


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text + ".", value=value)


def _labelled_gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text + ".", labels=labels)


def _timestamp(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), tzinfo=UTC).timestamp()
