"""What a refresh tells: a log line for every step, and metrics of a job that ends, by a text file or a push gateway."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Gauge, push_to_gateway, write_to_textfile

from model.contract.errors import NextcloseError, SettingsError
from model.state.status import Status, StepResult

_log = structlog.get_logger()
_JOB = "nextclose-refresh"


@dataclass(slots=True)
class StepLog:
    """The steps of a run as they end; each is one line in the log."""

    results: list[StepResult] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator["Telling"]:
        """A step: its result is what it tells before its end, `failed` where it raises."""
        telling = Telling()
        started = time.monotonic()
        try:
            yield telling
        except NextcloseError as error:
            self.add(name, "failed", str(error), time.monotonic() - started)
            raise
        self.add(name, telling.result, telling.detail, time.monotonic() - started)

    def add(self, name: str, result: str, detail: str, seconds: float) -> None:
        """Adds a step that has ended."""
        one = StepResult(step=name, result=result, detail=detail, seconds=round(seconds, 2))
        self.results.append(one)
        say = _log.error if result == "failed" else _log.info
        say("step", step=name, result=result, detail=detail, seconds=one.seconds)


@dataclass(slots=True)
class Telling:
    """What a step says of itself."""

    result: str = "done"
    detail: str = ""

    def __call__(self, result: str, detail: str) -> None:
        """Sets both."""
        self.result, self.detail = result, detail


def metrics_of(status: Status) -> CollectorRegistry:
    """The state after a refresh as metrics; none that is not known."""
    registry = CollectorRegistry()
    run = status.last_run
    if run is not None:
        _gauge(registry, "last_run_timestamp_seconds", "When the last refresh ended").set(run.at.timestamp())
        _gauge(registry, "last_run_seconds", "How long it took").set(run.seconds)
        results = _gauge(registry, "last_run_info", "Its result", "result")
        results.labels(run.result).set(1)
        seconds = _gauge(registry, "step_seconds", "Seconds of each of its steps", "step")
        step_results = _gauge(registry, "step_info", "Result of each of its steps", "step", "result")
        for step in run.steps:
            seconds.labels(step.step).set(step.seconds)
            step_results.labels(step.step, step.result).set(1)
    if status.last_success is not None:
        _gauge(registry, "last_success_timestamp_seconds", "When a refresh last ended without failure").set(
            status.last_success.timestamp()
        )
    if status.last_gate is not None:
        _gauge(registry, "last_gate_timestamp_seconds", "When the gate last decided").set(
            status.last_gate.at.timestamp()
        )
        _gauge(registry, "last_gate_promoted", "Whether it let the candidate pass").set(status.last_gate.promoted)
    _gauge(registry, "refused_in_a_row", "Candidates that the gate refused since it last let one pass").set(
        status.refused_in_a_row
    )
    if status.served is not None:
        _gauge(registry, "served_info", "The version that was served at the end", "version").labels(status.served).set(
            1
        )
    until = _gauge(registry, "data_until_timestamp_seconds", "Date of the last stored close", "symbol")
    for symbol, day in status.data_until.items():
        until.labels(symbol).set(datetime.combine(day, time_of_day(), tzinfo=UTC).timestamp())
    return registry


def _gauge(registry: CollectorRegistry, name: str, text: str, *labels: str) -> Gauge:
    return Gauge(f"nextclose_refresh_{name}", text, labels, registry=registry)


def send_metrics(status: Status, file: Path | None, pushgateway: str | None) -> None:
    """Writes the text file, atomically, and pushes; where nothing is asked for, nothing.

    Raises:
        SettingsError: the file cannot be written, or the gateway does not take it.
    """
    registry = metrics_of(status)
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(str(file), registry)
    except OSError as error:
        raise SettingsError(f"NEXTCLOSE_REFRESH_METRICS_FILE: {file}: cannot be written: {error.strerror}") from error
    try:
        if pushgateway is not None:
            push_to_gateway(pushgateway, job=_JOB, registry=registry, timeout=10)
    except OSError as error:
        raise SettingsError(f"NEXTCLOSE_REFRESH_PUSHGATEWAY: {pushgateway}: cannot be reached: {error}") from error
