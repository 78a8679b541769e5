"""What a refresh tells: a log line for every step, and metrics of a job that ends, by a text file or a push gateway."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, push_to_gateway, write_to_textfile

from model.contract.errors import NextcloseError, SettingsError
from model.state.metrics import StateCollector
from model.state.snapshot import Snapshot
from model.state.status import StepResult

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


def send_metrics(snapshot: Snapshot, file: Path | None, pushgateway: str | None) -> None:
    """Writes the text file, atomically, and pushes; where nothing is asked for, nothing.

    The transformer serves the same from the volume.

    Raises:
        SettingsError: the file cannot be written, or the gateway does not take it.
    """
    registry = CollectorRegistry()
    registry.register(StateCollector(lambda: snapshot))
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
