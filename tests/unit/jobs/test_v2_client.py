import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from jobs.v2_client import SymbolForecast, format_forecast, request_forecast
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    UnavailableError,
    UnknownSymbolError,
)
from model.protocol.request_documents import symbol_request

OUTPUTS = {
    "forecast": ("FP64", [1], [36.5]),
    "naive": ("FP64", [1], [36.4]),
    "quantiles": ("FP64", [1, 7], [35.0, 35.3, 35.9, 36.5, 37.0, 37.6, 38.0]),
    "data_until": ("BYTES", [1], ["2024-12-30"]),
    "target_session": ("BYTES", [1], ["2025-01-02"]),
    "stale": ("BOOL", [1], [True]),
}


def _document(**changed: Any) -> dict[str, Any]:
    outputs = [
        {"name": name, "datatype": datatype, "shape": shape, "data": data}
        for name, (datatype, shape, data) in {**OUTPUTS, **changed}.items()
        if data is not None
    ]
    return {"model_name": "nextclose", "model_version": "V", "parameters": {"source": "csv"}, "outputs": outputs}


@contextmanager
def _server(status: int, body: bytes, *, silent: bool = False) -> Iterator[tuple[str, list[Any]]]:
    """Run a service that answers every request alike. Yields its base URL and the list of received requests."""
    received: list[Any] = []
    finished = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            if silent:
                finished.wait(10)
                return
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        finished.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_answer_is_parsed_and_formatted() -> None:
    with _server(200, json.dumps(_document()).encode()) as (url, received):
        answer = request_forecast(url, "nextclose", "PETR4.SA", 5)
    assert received == [("/v2/models/nextclose/infer", symbol_request("PETR4.SA"))]
    assert answer == SymbolForecast(
        "PETR4.SA",
        36.5,
        36.4,
        (35.0, 35.3, 35.9, 36.5, 37.0, 37.6, 38.0),
        date(2024, 12, 30),
        date(2025, 1, 2),
        True,
        "V",
        "csv",
    )
    assert answer.interval(50) == (35.9, 37.0)
    text = format_forecast(answer)
    assert text.startswith("PETR4.SA, close of 2024-12-30: 36.40, STALE\n")
    for line in ("next close (session of 2025-01-02):", "  80 % interval       35.30 .. 37.60", "model V, trained on"):
        assert line in text


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, b"{\"error\": \"input 'symbol', row 0: 'X'\"}", UnknownSymbolError, "row 0"),
        (404, b'{"error": "model: expected \'a\'"}', UnavailableError, "model"),
        (404, b"<html>", UnavailableError, "status 404"),
        (400, b'{"error": "bad"}', InvalidInputError, "bad"),
        (503, b'{"error": "not ready"}', UnavailableError, "not ready"),
        (500, b"<html>", UnavailableError, "status 500"),
        (502, b'["error"]', UnavailableError, "status 502"),
        (200, b"<html>hello</html>", UnavailableError, "not a forecast by symbol"),
        (200, b'{"outputs": []}', UnavailableError, "not a forecast by symbol"),
        (200, b'{"outputs": 7}', UnavailableError, "not a forecast by symbol"),
        (200, json.dumps(_document(stale=("BOOL", [1], None))).encode(), UnavailableError, "not a forecast by symbol"),
        (
            200,
            json.dumps(_document(data_until=("BYTES", [1], ["soon"]))).encode(),
            UnavailableError,
            "not a forecast by symbol",
        ),
    ],
)
def test_other_answers_raise_an_error(status: int, body: bytes, kind: type[NextcloseError], words: str) -> None:
    with _server(status, body) as (url, _), pytest.raises(kind) as caught:
        request_forecast(url, "nextclose", "PETR4.SA", 5)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"{url}: ")
    assert words in str(caught.value)


def test_slow_service_exceeds_the_deadline() -> None:
    with _server(200, b"", silent=True) as (url, _), pytest.raises(DeadlineExceededError, match=r"within 0\.2 s"):
        request_forecast(url, "nextclose", "PETR4.SA", 0.2)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9", "http://[::1", "ftp://127.0.0.1"])
def test_unreachable_service_raises_unavailable(url: str) -> None:
    with pytest.raises(UnavailableError, match="the service does not answer"):
        request_forecast(url, "nextclose", "PETR4.SA", 2)
