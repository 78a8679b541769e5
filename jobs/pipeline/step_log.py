"""Output of a refresh: a log line per step, and metrics in a text file or on a Pushgateway."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, push_to_gateway, write_to_textfile

from model.contract.errors import NextcloseError, SettingsError
from model.state.snapshot import StateSnapshot
from model.state.state_metrics import StateCollector
from model.state.status import StepResult

_log = structlog.get_logger()
_JOB = "nextclose-refresh"


@dataclass(slots=True)
class StepLog:
    """Steps of a run that have ended. Each one is also written to the log."""

    results: list[StepResult] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator["StepRecorder"]:
        """Time a step, then add it with the result that it recorded, or with `failed` if it raised.

        Yields:
            Callable that records result and detail.
        """
        recorder = StepRecorder()
        started = time.monotonic()
        try:
            yield recorder
        except NextcloseError as error:
            self.add(name, "failed", str(error), time.monotonic() - started)
            raise
        self.add(name, recorder.result, recorder.detail, time.monotonic() - started)

    def add(self, name: str, result: str, detail: str, seconds: float) -> None:
        """Add a step that has ended.

        Args:
            name: Name of the step.
            result: Result in one word.
            detail: Description of the result.
            seconds: Duration.
        """
        step = StepResult(step=name, result=result, detail=detail, seconds=round(seconds, 2))
        self.results.append(step)
        log = _log.error if result == "failed" else _log.info
        log("step", step=name, result=result, detail=detail, seconds=step.seconds)


@dataclass(slots=True)
class StepRecorder:
    """Records the result of a step."""

    result: str = "done"
    detail: str = ""

    def __call__(self, result: str, detail: str) -> None:
        """Set result (one word) and detail (a description)."""
        self.result, self.detail = result, detail


def send_metrics(snapshot: StateSnapshot, file: Path | None, pushgateway: str | None) -> None:
    """Write the metrics to a text file, atomically, and push them to a Pushgateway.

    The transformer also serves these metrics, from the files on the volume.

    Args:
        snapshot: State that the metrics are computed from.
        file: Path of the text file; None writes no file.
        pushgateway: Address of the Pushgateway; None does not push.

    Raises:
        SettingsError: The file cannot be written, or the Pushgateway cannot be reached.
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
