"""Locust users that send V2 requests. Every answer is checked; a wrong answer counts as a failure.

    locust -f loadtest/locustfile.py --host http://127.0.0.1:8080 --headless -u 8 -t 10s MixedUser
    locust -f loadtest/locustfile.py,loadtest/shapes/spike.py --host http://127.0.0.1:8080 -u 64 -t 60s WindowUser

Without the name of a user class, all classes run with equal weights. Settings: NEXTCLOSE_LOADTEST_*
(`loadtest/settings.py`).
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from itertools import count, cycle, islice
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from gevent.lock import Semaphore
from locust import FastHttpUser, User, constant, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner
from prometheus_client import start_http_server

from loadtest import metrics
from loadtest.checks import find_fault
from loadtest.grpc_client import GrpcClient
from loadtest.payloads import (
    Payload,
    StoredCloses,
    by_symbol,
    by_window,
    by_window_binary,
    overlapping_batches,
    read_store,
)
from loadtest.results import document
from loadtest.settings import LoadtestSettings
from loadtest.thresholds import format_table, missed_thresholds
from model.contract.errors import InvalidInputError, SettingsError
from model.endpoint.program import read_settings
from model.protocol.client import read_response
from model.protocol.rest import HEADER_LENGTH

try:
    SETTINGS: Final = read_settings(LoadtestSettings)
except SettingsError as wrong:
    sys.exit(f"error: {wrong}")
_GRPC_PORT: Final = 8081
NAMES: Final = {
    "json": "window, JSON",
    "binary": "window, binary",
    "symbol": "symbol",
    "batch": f"batch of {SETTINGS.batch_rows}, binary",
}
_INFER: Final = f"/v2/models/{SETTINGS.model_name}/infer"

_store_lock = Semaphore()


@cache
def _read_store_once(url: str) -> StoredCloses:
    return read_store(url, SETTINGS.timeout)


def _store(url: str) -> StoredCloses:
    with _store_lock:  # all users start concurrently; only the first one of a process reads the store
        return _read_store_once(url.rstrip("/"))


@cache
def _payloads(url: str, kind: str) -> Sequence[Payload]:
    """Payloads for a kind of request, made once per process."""
    store = _store(url)
    windows = store.windows(SETTINGS.windows)
    match kind:
        case "json":
            return [by_window(closes) for closes in overlapping_batches(windows, 1)]
        case "binary":
            return [by_window_binary(closes) for closes in overlapping_batches(windows, 1)]
        case "batch":
            return [by_window_binary(closes) for closes in overlapping_batches(windows, SETTINGS.batch_rows)]
    return [by_symbol(symbol) for symbol in store.symbols]


_user_numbers = count()


def _rotation(payloads: Sequence[Payload]) -> Iterator[Payload]:
    # Each user starts at another payload, so that they do not all send the same one at the same time.
    start = next(_user_numbers) % len(payloads)
    return islice(cycle(payloads), start, None)


@contextmanager
def _failed_start_counts(user: User) -> Iterator[None]:
    """Count an exception at the start of a user as a failed request: Locust would continue with fewer users."""
    try:
        yield
    except Exception as error:
        user.environment.events.request.fire(
            request_type="GET", name="(start)", response_time=0, response_length=0, exception=error, context={}
        )
        raise


class HttpUser(FastHttpUser):
    """Base class of users over HTTP.

    Attributes:
        kinds: Kinds of requests to send, keys of `NAMES`.
    """

    abstract = True
    wait_time = constant(SETTINGS.wait_seconds)
    connection_timeout = network_timeout = SETTINGS.timeout

    kinds: ClassVar[Sequence[str]]

    def on_start(self) -> None:
        """Prepare the payloads from the service's price store."""
        with _failed_start_counts(self):
            self.sent = {kind: _rotation(_payloads(self.host, kind)) for kind in self.kinds}

    def send_request(self, kind: str) -> None:
        """Send the next request of a kind and check the answer."""
        payload, name = next(self.sent[kind]), NAMES[kind]
        with self.client.post(
            _INFER,
            data=payload.body,  # type: ignore[arg-type]  # bytes are sent as they are
            headers=dict(payload.headers),
            name=name,
            catch_response=True,
        ) as response:
            if response.status_code != HTTPStatus.OK:
                response.failure(f"{response.status_code}: {(response.text or '')[:200]}")
                return
            try:
                document, outputs = read_response(response.content, response.headers.get(HEADER_LENGTH))
            except InvalidInputError as error:
                response.failure(str(error))
                return
            fault = find_fault(document.get("model_version"), outputs, payload.rows, payload.naive)
            if fault is not None:
                response.failure(fault)


class WindowUser(HttpUser):
    """Sends one window per request, in JSON."""

    kinds = ("json",)

    @task
    def window(self) -> None:
        """Send the next window."""
        self.send_request("json")


class BinaryUser(HttpUser):
    """Sends one window per request, as a binary tensor."""

    kinds = ("binary",)

    @task
    def window(self) -> None:
        """Send the next window."""
        self.send_request("binary")


class SymbolUser(HttpUser):
    """Sends requests by symbol."""

    kinds = ("symbol",)

    @task
    def symbol(self) -> None:
        """Send the next symbol."""
        self.send_request("symbol")


class BatchUser(HttpUser):
    """Sends many windows per request, as a binary tensor."""

    kinds = ("batch",)

    @task
    def batch(self) -> None:
        """Send the next windows."""
        self.send_request("batch")


class MixedUser(HttpUser):
    """Sends a random mix: mostly single windows and symbols, sometimes many windows."""

    kinds = ("json", "binary", "symbol", "batch")

    @task(4)
    def window(self) -> None:
        """Send the next window in JSON."""
        self.send_request("json")

    @task(2)
    def binary(self) -> None:
        """Send the next window as a binary tensor."""
        self.send_request("binary")

    @task(4)
    def symbol(self) -> None:
        """Send the next symbol."""
        self.send_request("symbol")

    @task(1)
    def batch(self) -> None:
        """Send the next windows."""
        self.send_request("batch")


class GrpcUser(User):
    """Sends one window per request, over gRPC."""

    wait_time = constant(SETTINGS.wait_seconds)

    def on_start(self) -> None:
        """Prepare the windows and connect."""
        with _failed_start_counts(self):
            self._windows = cycle(overlapping_batches(_store(self.host or "").windows(SETTINGS.windows), 1))
        address = SETTINGS.grpc or f"{urlsplit(self.host or '').hostname}:{_GRPC_PORT}"
        self._client = GrpcClient(address, SETTINGS.model_name, SETTINGS.timeout)

    def on_stop(self) -> None:
        """Close the connection."""
        self._client.close()

    @task
    def window(self) -> None:
        """Send the next window."""
        closes = next(self._windows)
        begun = time.perf_counter()
        size, failure = 0, None
        try:
            version, outputs, size = self._client.infer(closes)
            if (fault := find_fault(version, outputs, len(closes), closes[:, -1])) is not None:
                failure = ValueError(fault)
        except Exception as error:  # noqa: BLE001  # every error counts as a failed request
            failure = error  # type: ignore[assignment]
        self.environment.events.request.fire(
            request_type="gRPC",
            name="window, gRPC",
            response_time=(time.perf_counter() - begun) * 1000,
            response_length=size,
            exception=failure,
            context={},
        )


@events.init.add_listener
def _serve_metrics(environment: Environment, **_rest: Any) -> None:
    # A master runs no users and receives only aggregated statistics.
    if SETTINGS.metrics_port is None or isinstance(environment.runner, MasterRunner):
        return
    environment.events.request.add_listener(metrics.count)
    metrics.USERS.set_function(lambda: environment.runner.user_count if environment.runner else 0)
    start_http_server(SETTINGS.metrics_port)


@events.quitting.add_listener
def _check_thresholds(environment: Environment, **_rest: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        # The master collects the results of its workers and checks them.
        environment.process_exit_code = 0
        return
    found = missed_thresholds(environment.stats.total, SETTINGS)
    if SETTINGS.document is not None:
        SETTINGS.document.write_text(document(environment.stats, found))
    environment.process_exit_code = 1 if found else 0
    if found:
        sys.stderr.write(format_table(found) + "\n")
