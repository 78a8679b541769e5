"""The client against a server that answers as a service, a proxy or something else would."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboard.client import ServiceClient
from dashboard.faults import NotReadyError, WrongAnswerError
from dashboard.settings import DashboardSettings
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    NotFoundError,
    UnavailableError,
)
from model.protocol.forecast_request import symbol_request, window_request
from tests.serving.processes import free_ports
from tests.unit.dashboard.answers import DOCUMENT
from tests.unit.dashboard.documents import STATUS, changed


class Service(ThreadingHTTPServer):
    """Answers every request by `reply`: status and body; with `hold`, not before it is set."""

    reply: tuple[int, str] = (200, "{}")
    hold: threading.Event | None = None
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append((self.path, json.loads(body) if body else None))
        if self.server.hold is not None:
            self.server.hold.wait(10)
        status, reply = self.server.reply
        with suppress(OSError):  # who did not wait is gone
            self.send_response(status)
            self.send_header("content-length", str(len(reply.encode())))
            self.end_headers()
            self.wfile.write(reply.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


_opened: list[ServiceClient] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def client(url: str, **settings: Any) -> ServiceClient:
    _opened.append(ServiceClient(DashboardSettings.model_validate({"url": url, **settings})))
    return _opened[-1]


def test_a_forecast_is_asked_by_v2(service: Service) -> None:
    service.reply = (200, json.dumps(DOCUMENT))
    assert client(f"{service.url}/", model_name="a b").forecast(symbol_request("PETR4.SA")).forecast == 36.2
    path, body = service.seen[0]
    assert path == "/v2/models/a%20b/infer"
    assert body["inputs"] == [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": ["PETR4.SA"]}]


def test_a_window_with_jumps_says_so() -> None:
    assert "parameters" not in window_request([1.0] * 60)
    request = window_request([1.0] * 60, allow_jumps=True)
    assert request["parameters"] == {"allow_jumps": True}
    assert request["inputs"][0]["shape"] == [1, 60]


def test_a_symbol_is_a_part_of_the_path_and_nothing_else(service: Service) -> None:
    service.reply = (404, '{"error": "symbol: none"}')
    with pytest.raises(NotFoundError, match="symbol: none"):
        client(service.url).window("../^X?")
    assert service.seen[0][0] == "/symbols/..%2F%5EX%3F/window"


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, '{"error": "input \'close\', row 0: bad"}', InvalidInputError, "input 'close', row 0: bad"),
        (413, '{"error": "body: too large"}', InvalidInputError, "body: too large"),
        (503, '{"error": "not ready: no version"}', NotReadyError, "not ready: no version"),
        (504, '{"error": "late"}', DeadlineExceededError, "late"),
        (502, "<html>bad gateway</html>", WrongAnswerError, "status 502"),
        (404, "<html>", WrongAnswerError, "status 404"),
        (200, "<html>welcome</html>", WrongAnswerError, "what answers here is not this service"),
        (200, "[]", WrongAnswerError, "what answers here is not this service"),
        (200, '{"outputs": []}', WrongAnswerError, "what answers here is not this service"),
    ],
)
def test_faults_have_their_class_and_reason(
    service: Service, status: int, body: str, kind: type[NextcloseError], told: str
) -> None:
    service.reply = (status, body)
    with pytest.raises(kind) as raised:
        client(service.url).forecast(symbol_request("PETR4.SA"))
    assert type(raised.value) is kind
    assert told in str(raised.value)


def test_nobody_there() -> None:
    (port,) = free_ports(1)
    with pytest.raises(UnavailableError, match="nothing answers here"):
        client(f"http://127.0.0.1:{port}").symbols()


def test_no_answer_in_time(service: Service) -> None:
    service.hold = threading.Event()
    try:
        with pytest.raises(DeadlineExceededError, match=r"no answer within 0\.2 s"):
            client(service.url, timeout=0.2).symbols()
    finally:
        service.hold.set()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": {"result": 1}}', '{"data": []}'])
def test_what_answers_instead_of_prometheus_is_told_as_such(service: Service, body: str) -> None:
    service.reply = (200, body)
    with pytest.raises(WrongAnswerError, match="not Prometheus"):
        client("http://127.0.0.1:9", prometheus=service.url).query("up")


def test_a_document_of_another_release_is_told_by_its_place(service: Service) -> None:
    service.reply = (200, json.dumps(changed(STATUS, "roles.predictor.ready", ...)))
    with pytest.raises(
        WrongAnswerError, match=r"/status: another release of .*: roles\.predictor\.ready: Field required"
    ):
        client(service.url).status()


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "<html>"])
def test_what_is_no_document_is_told_as_such(service: Service, body: str) -> None:
    service.reply = (200, body)
    for ask in (client(service.url).report, client(service.url).versions, client(service.url).status):
        with pytest.raises(WrongAnswerError, match="answers here"):
            ask()


def test_prometheus_is_asked_where_it_is(service: Service) -> None:
    service.reply = (200, '{"status": "success", "data": {"result": [{"metric": {}, "value": [0, "1"]}]}}')
    found = client("http://127.0.0.1:9", prometheus=f"{service.url}/base/").query("up{a='b'}")
    assert found == [{"metric": {}, "value": [0, "1"]}]
    assert service.seen[0][0] == "/base/api/v1/query?query=up%7Ba%3D%27b%27%7D"
