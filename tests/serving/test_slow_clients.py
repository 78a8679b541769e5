"""Slow clients are disconnected in time and do not delay others."""

import re
import resource
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Self

import httpx
import numpy as np
import pytest

from model.contract.arrays import f8
from tests.serving.processes import Pair, start_pair, wait_until
from tests.serving.raw_http import HOST, connect, get, only_response, post, responses
from tests.serving.refusals import check_refusal
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, binary_request

HEADER_SECONDS, BODY_SECONDS, CONNECTIONS = 2.0, 3.0, 600
POST = f"POST {INFER} HTTP/1.1\r\n".encode() + HOST
# The data that a client sends before it stops, and the deadline that it then exceeds, in seconds.
SLOW = {
    "silent": (b"", HEADER_SECONDS),
    "half of the headers": (b"GET /v2 HT", HEADER_SECONDS),
    "headers without an end": (POST + b"Content-Length: 10\r\n", HEADER_SECONDS),
    "half of the body": (POST + b"Content-Length: 1000\r\n\r\n{", BODY_SECONDS),
    "half of the chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", BODY_SECONDS),
}


@pytest.fixture(scope="module")
def short_timeout_servers(version: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Start a pair with short deadlines and a low limit of connections."""
    settings = {
        "header_timeout": HEADER_SECONDS,
        "body_timeout": BODY_SECONDS,
        "connection_limit": CONNECTIONS,
        "in_flight_limit": 8,
    }
    folder = tmp_path_factory.mktemp("slow")
    started = start_pair(folder, version.models, version.store, {"runtime": "onnx", **settings}, settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    try:
        started.transformer.await_status(200)
        yield started
    finally:
        started.stop()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=["transformer", "predictor"])
def url(request: pytest.FixtureRequest, short_timeout_servers: Pair) -> str:
    found: str = getattr(short_timeout_servers, request.param).url
    return found


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a slow connection: received data, and seconds until the server closed it."""

    received: bytes
    seconds: float

    @classmethod
    def of_stopped(cls, url: str, data: bytes) -> Self:
        """Send data, then nothing more."""
        with connect(url) as connection:
            began = time.monotonic()
            connection.sendall(data)
            received = b"".join(iter(lambda: connection.recv(65536), b""))
            return cls(received, time.monotonic() - began)

    @classmethod
    def of_trickled(cls, url: str, data: bytes, byte: bytes, longest: float, *, until_answer: bool) -> Self:
        """Send data, then one byte every 0.2 s, until the server closes the connection or, if wanted, answers."""
        with connect(url, 0.2) as connection:
            began = time.monotonic()
            received = b""
            with suppress(ConnectionError):
                connection.sendall(data)
                while time.monotonic() - began < longest and not (until_answer and received):
                    connection.sendall(byte)
                    try:
                        part = connection.recv(100)
                    except TimeoutError:
                        continue
                    if not part:
                        break
                    received += part
            return cls(received, time.monotonic() - began)


def _use_kept_alive_connection(url: str) -> list[int]:
    """Request three times over one connection, with pauses that are longer than the deadline of headers."""
    statuses = []
    with connect(url) as connection:
        for pause in (HEADER_SECONDS * 1.2, HEADER_SECONDS * 1.2, 0):
            connection.sendall(get("/v2/health/live"))
            statuses.append(responses(connection, 1)[0].status_code)
            time.sleep(pause)
    return statuses


@dataclass(frozen=True, slots=True)
class SlowClients:
    """Slow clients of both roles. All of them wait for the deadlines at the same time."""

    stopped: Mapping[tuple[str, str], Future[Ending]]
    trickled_headers: Mapping[str, Future[Ending]]
    trickled_body: Mapping[str, Future[Ending]]
    kept_alive: Future[list[int]]


@pytest.fixture(scope="module")
def slow_clients(short_timeout_servers: Pair) -> Iterator[SlowClients]:
    urls = [short_timeout_servers.transformer.url, short_timeout_servers.predictor.url]
    start_of_body = POST + b"Content-Length: 1000\r\n\r\n"
    with ThreadPoolExecutor(32) as pool:
        yield SlowClients(
            {
                (url, name): pool.submit(Ending.of_stopped, url, data)
                for url in urls
                for name, (data, _) in SLOW.items()
            },
            {
                url: pool.submit(Ending.of_trickled, url, b"", b"G", HEADER_SECONDS * 5, until_answer=False)
                for url in urls
            },
            {
                url: pool.submit(Ending.of_trickled, url, start_of_body, b"x", BODY_SECONDS * 3, until_answer=True)
                for url in urls
            },
            pool.submit(_use_kept_alive_connection, short_timeout_servers.url),
        )


@pytest.mark.parametrize("name", SLOW)
def test_slow_connection_is_closed_in_time(slow_clients: SlowClients, url: str, name: str) -> None:
    deadline = SLOW[name][1]
    ending = slow_clients.stopped[url, name].result()
    # After a refusal, the rest of the body is read for up to 5 s.
    assert deadline * 0.9 < ending.seconds < deadline + 8
    if deadline == BODY_SECONDS:
        answer = only_response(ending.received)
        check_refusal(answer, 408, "body: expected all of it within 3 s", None)
        assert answer.headers["error-reason"] == "slow_request"
    else:
        assert ending.received == b""


def test_connection_that_trickles_headers_is_closed_in_time(slow_clients: SlowClients, url: str) -> None:
    assert slow_clients.trickled_headers[url].result().seconds < HEADER_SECONDS * 2


def test_trickled_body_is_refused_with_408(slow_clients: SlowClients, url: str) -> None:
    ending = slow_clients.trickled_body[url].result()
    assert ending.received.startswith(b"HTTP/1.1 408 ")
    assert ending.seconds < BODY_SECONDS * 2


def test_keep_alive_connection_survives_header_timeout(slow_clients: SlowClients) -> None:
    assert slow_clients.kept_alive.result() == [200, 200, 200]


def test_burst_of_connections_is_accepted_immediately(url: str) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        for _ in range(CONNECTIONS - 50):
            stack.enter_context(connect(url))
        # If the backlog were too short, the kernel would retry some of them after a second.
        assert time.monotonic() - began < 0.9
    # The server closes its side of the connections; until then they count towards the limit in the next test.
    time.sleep(0.5)


def test_connections_over_the_limit_are_closed_immediately(short_timeout_servers: Pair) -> None:
    with httpx.Client(base_url=short_timeout_servers.url, trust_env=False) as kept:
        refused = _refused_connections(kept)
        with ExitStack() as stack:
            others = [stack.enter_context(connect(short_timeout_servers.url)) for _ in range(CONNECTIONS + 50)]
            wait_until(lambda: sum(map(_is_closed, others)) >= 50, "connections over the limit are closed", 10)
            # Open connections are not affected.
            assert kept.get("/v2/health/live").json() == {"live": True}
        assert _refused_connections(kept) >= refused + 50
        wait_until(
            lambda: short_timeout_servers.transformer.status("/v2/health/live") == 200,
            "connections are accepted again",
            20,
        )
        wait_until(lambda: _open_connections(kept) < 5, "all connections are closed", 20)


def _refused_connections(client: httpx.Client) -> float:
    return _sample(client, "nextclose_http_connections_refused_total")


def _open_connections(client: httpx.Client) -> float:
    return _sample(client, "nextclose_http_connections")


def _sample(client: httpx.Client, name: str) -> float:
    # Over an open connection: a new one may be refused.
    (value,) = re.findall(rf"^{name}{{.*}} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(value)


def _is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(20)


@pytest.mark.parametrize("name", SLOW)
def test_requests_are_answered_despite_500_slow_clients(short_timeout_servers: Pair, windows: f8, name: str) -> None:
    """Requests whose bodies are incomplete do not count as requests in progress, whose limit is eight."""
    body, headers = binary_request(windows[:2])
    data, _ = SLOW[name]
    with httpx.Client(base_url=short_timeout_servers.url, timeout=10, trust_env=False) as client, ExitStack() as stack:
        expected = ask(client, windows[:2])["forecast"]
        for _ in range(500):
            stack.enter_context(connect(short_timeout_servers.url)).sendall(data)
        for _ in range(20):
            answer = client.post(INFER, content=body, headers=headers)
            assert answer.status_code == 200, answer.text
        with httpx.Client(base_url=short_timeout_servers.url, timeout=10, trust_env=False) as another:
            np.testing.assert_allclose(ask(another, windows[:2])["forecast"], expected, rtol=1e-6)
    wait_until(
        lambda: short_timeout_servers.transformer.metric("nextclose_requests_in_flight", role="transformer") == 0,
        "no request is in progress",
        20,
    )
    wait_until(
        lambda: short_timeout_servers.transformer.metric("nextclose_http_connections", role="transformer") < 5,
        "all connections are closed",
        20,
    )


def test_slow_reader_of_answers_does_not_delay_others(short_timeout_servers: Pair, windows: f8) -> None:
    body, headers = binary_request(np.tile(windows, (10, 1)), binary_output=False)
    sent = post(body, "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode())
    with ExitStack() as stack, httpx.Client(base_url=short_timeout_servers.url, timeout=10, trust_env=False) as client:
        for _ in range(4):
            stack.enter_context(connect(short_timeout_servers.url)).sendall(sent * 3)  # answers are not read
        for _ in range(5):
            assert ask(client, windows[:1])["forecast"].shape == (1,)
