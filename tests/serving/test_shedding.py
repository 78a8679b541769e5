"""Load shedding: pipelined requests, large bodies, and closing connections."""

import signal
from collections.abc import Iterator

import httpx
import pytest

from model.contract.arrays import f8
from tests.serving.processes import Pair, start_pair, wait_until
from tests.serving.raw_http import connect, get, post, responses
from tests.serving.trained import Trained
from tests.serving.v2_requests import ask, window_request

LIMIT = 1


@pytest.fixture(scope="module")
def full(version: Trained, windows: f8, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Start a pair at its limit: one request is in progress, and the predictor is stopped."""
    own = start_pair(
        tmp_path_factory.mktemp("full"),
        version.models,
        version.store,
        predictor={"runtime": "onnx"},
        transformer={"in_flight_limit": LIMIT, "request_timeout": 600},
    )
    try:
        own.transformer.await_status(200)
        own.predictor.program.signal(signal.SIGSTOP)
        waiting = connect(own.url)
        waiting.sendall(request(windows, "first"))
        wait_until(
            lambda: own.transformer.metric("nextclose_requests_in_flight") == LIMIT, "one request is in progress", 20
        )
        yield own
        own.predictor.program.signal(signal.SIGCONT)
        assert responses(waiting, 1)[0].status_code == 200
        waiting.close()
        with httpx.Client(base_url=own.url, trust_env=False) as client:
            wait_until(
                lambda: own.transformer.metric("nextclose_requests_in_flight") == 0, "no request is in progress", 20
            )
            assert ask(client, windows[:1])["forecast"].shape == (1,)
    finally:
        own.stop()


def request(windows: f8, identifier: str, padding: int = 0, connection: str = "keep-alive") -> bytes:
    document = httpx.Request("POST", "http://x", json=window_request(windows[:1])).content + b" " * padding
    return post(document, f"x-request-id: {identifier}\r\nconnection: {connection}\r\n".encode())


def check(answer: httpx.Response, identifier: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["x-request-id"] == identifier
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["error-reason"] == "overloaded"
    assert answer.headers["content-type"] == "application/json"
    assert "date" in answer.headers
    assert answer.json() == {"error": f"{LIMIT} requests are in progress already"}


def test_every_pipelined_request_is_refused_with_its_own_id(full: Pair, windows: f8) -> None:
    before = full.transformer.metric("nextclose_requests_total", code="503", reason="overloaded")
    with connect(full.url) as connection:
        connection.sendall(b"".join(request(windows, f"id-{number}") for number in range(700)))
        for number, answer in enumerate(responses(connection, 700)):
            check(answer, f"id-{number}")
    assert full.transformer.metric("nextclose_requests_total", code="503", reason="overloaded") == before + 700
    assert '"error"' not in full.transformer.program.log.replace('"level": "error"', "")


@pytest.mark.parametrize("kind", ["keep-alive", "close"])
def test_refusal_of_a_large_body_reaches_the_client(full: Pair, windows: f8, kind: str) -> None:
    for _ in range(5):
        with connect(full.url) as connection:
            connection.sendall(request(windows, "large", padding=8_000_000, connection=kind))
            check(responses(connection, 1)[0], "large")


def test_connection_is_kept_after_a_refusal(full: Pair, windows: f8) -> None:
    with connect(full.url) as connection:
        connection.sendall(request(windows, "refused", padding=300_000))
        check(responses(connection, 1)[0], "refused")
        connection.sendall(get("/v2/health/live"))
        assert responses(connection, 1)[0].json() == {"live": True}


def test_other_routes_are_answered_at_the_limit(full: Pair) -> None:
    with httpx.Client(base_url=full.url, trust_env=False) as client:
        assert client.get("/v2/health/live").status_code == 200
        assert client.post("/v2/models/another/infer", content=b"{}").status_code == 503
        assert client.get("/symbols").status_code == 200


def test_client_that_expects_continue_receives_it_before_sending_its_body(pair: Pair, windows: f8) -> None:
    head, separator, body = post(window_request(windows[:1]), b"expect: 100-continue\r\n").partition(b"\r\n\r\n")
    with connect(pair.url) as connection:
        connection.sendall(head + separator)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        (answer,) = responses(connection, 1)
    assert answer.status_code == 200
    assert answer.json()["outputs"]


def test_client_that_expects_continue_is_refused_without_sending_its_body(full: Pair, windows: f8) -> None:
    head, separator, _ = post(window_request(windows[:1]), b"expect: 100-continue\r\n").partition(b"\r\n\r\n")
    with connect(full.url) as connection:
        connection.sendall(head + separator)
        received = b""
        while not received.endswith(b'already"}'):
            received += connection.recv(1000)
    assert b"HTTP/1.1 503 Service Unavailable\r\n" in received
