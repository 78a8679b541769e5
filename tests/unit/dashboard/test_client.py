"""The client with servers that answer like the service, a proxy or something else."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboard.client import ServiceClient
from dashboard.dashboard_errors import NotReadyError, UnexpectedResponseError
from dashboard.settings import DashboardSettings
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    NotFoundError,
    UnavailableError,
)
from model.protocol.request_documents import symbol_request, window_request
from tests.serving.processes import free_ports
from tests.unit.dashboard.answers import DOCUMENT
from tests.unit.dashboard.documents import STATUS, changed


class Service(ThreadingHTTPServer):
    """Answers every request with `reply`, a status and a body; waits for the event `hold` if there is one."""

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
        with suppress(OSError):  # the client has disconnected
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
def close_clients() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def client(url: str, **settings: Any) -> ServiceClient:
    _opened.append(ServiceClient(DashboardSettings.model_validate({"url": url, **settings})))
    return _opened[-1]


def test_forecast_is_a_v2_request(service: Service) -> None:
    service.reply = (200, json.dumps(DOCUMENT))
    assert client(f"{service.url}/", model_name="a b").forecast(symbol_request("PETR4.SA")).forecast == 36.2
    path, body = service.seen[0]
    assert path == "/v2/models/a%20b/infer"
    assert body["inputs"] == [{"name": "symbol", "datatype": "BYTES", "shape": [1], "data": ["PETR4.SA"]}]


def test_window_request_with_jumps_has_the_parameter() -> None:
    assert "parameters" not in window_request([1.0] * 60)
    request = window_request([1.0] * 60, allow_jumps=True)
    assert request["parameters"] == {"allow_jumps": True}
    assert request["inputs"][0]["shape"] == [1, 60]


def test_symbol_is_escaped_in_the_path(service: Service) -> None:
    service.reply = (404, '{"error": "symbol: none"}')
    with pytest.raises(NotFoundError, match="symbol: none"):
        client(service.url).window("../^X?")
    assert service.seen[0][0] == "/symbols/..%2F%5EX%3F/window"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, '{"error": "input \'close\', row 0: bad"}', InvalidInputError, "input 'close', row 0: bad"),
        (413, '{"error": "body: too large"}', InvalidInputError, "body: too large"),
        (503, '{"error": "not ready: no version"}', NotReadyError, "not ready: no version"),
        (504, '{"error": "late"}', DeadlineExceededError, "late"),
        (502, "<html>bad gateway</html>", UnexpectedResponseError, "status 502"),
        (404, "<html>", UnexpectedResponseError, "status 404"),
        (200, "<html>welcome</html>", UnexpectedResponseError, "the answer is not from this service"),
        (200, "[]", UnexpectedResponseError, "the answer is not from this service"),
        (200, '{"outputs": []}', UnexpectedResponseError, "the answer is not from this service"),
    ],
)
def test_error_status_raises_its_error(
    service: Service, status: int, body: str, kind: type[NextcloseError], message: str
) -> None:
    service.reply = (status, body)
    with pytest.raises(kind) as raised:
        client(service.url).forecast(symbol_request("PETR4.SA"))
    assert type(raised.value) is kind
    assert message in str(raised.value)


def test_refused_connection_is_unavailable() -> None:
    (port,) = free_ports(1)
    with pytest.raises(UnavailableError, match="does not answer"):
        client(f"http://127.0.0.1:{port}").symbols()


def test_timeout_is_deadline_exceeded(service: Service) -> None:
    service.hold = threading.Event()
    try:
        with pytest.raises(DeadlineExceededError, match=r"no answer within 0\.2 s"):
            client(service.url, timeout=0.2).symbols()
    finally:
        service.hold.set()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": {"result": 1}}', '{"data": []}'])
def test_other_server_instead_of_prometheus_is_reported(service: Service, body: str) -> None:
    service.reply = (200, body)
    with pytest.raises(UnexpectedResponseError, match="not from Prometheus"):
        client("http://127.0.0.1:9", prometheus=service.url).query("up")


def test_document_of_another_release_is_reported_with_the_path(service: Service) -> None:
    service.reply = (200, json.dumps(changed(STATUS, "roles.predictor.ready", ...)))
    with pytest.raises(
        UnexpectedResponseError,
        match=r"/status: the answer is from another release of .*: roles\.predictor\.ready: Field required",
    ):
        client(service.url).status()


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "<html>"])
def test_other_answer_instead_of_a_document_is_reported(service: Service, body: str) -> None:
    service.reply = (200, body)
    for ask in (client(service.url).report, client(service.url).versions, client(service.url).status):
        with pytest.raises(UnexpectedResponseError, match="the answer is"):
            ask()


def test_query_uses_the_address_of_prometheus(service: Service) -> None:
    service.reply = (200, '{"status": "success", "data": {"result": [{"metric": {}, "value": [0, "1"]}]}}')
    found = client("http://127.0.0.1:9", prometheus=f"{service.url}/base/").query("up{a='b'}")
    assert found == [{"metric": {}, "value": [0, "1"]}]
    assert service.seen[0][0] == "/base/api/v1/query?query=up%7Ba%3D%27b%27%7D"
