"""Requests with an `Upgrade` header (h2c, websocket, others), and later ones, are answered over HTTP/1.1."""

import time

import httpx
import numpy as np
import pytest

from model.contract.arrays import f8
from tests.serving.processes import Pair, RunningServer
from tests.serving.raw_http import connect, get, post, responses
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, symbol_input, window_request

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
WEBSOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
OFFERS = {
    "h2c": H2C,
    "websocket": WEBSOCKET,
    "other": b"Connection: Upgrade\r\nUpgrade: foo/2\r\n",
    "several": b"Connection: Upgrade\r\nUpgrade: TLS/1.0, h2c\r\n",
    "lower case": H2C.lower(),
    "without Connection": b"Upgrade: h2c\r\n",
}


@pytest.fixture(params=["transformer", "predictor"])
def role(request: pytest.FixtureRequest, pair: Pair) -> RunningServer:
    found: RunningServer = getattr(pair, request.param)
    return found


@pytest.fixture
def document(role: RunningServer, pair: Pair, version: Trained) -> dict[str, object]:
    """Make an inference request for the role."""
    if role is pair.transformer:
        return {"inputs": [symbol_input(version.series.symbol)]}
    features = {"name": "features", "datatype": "FP32", "shape": [1, 59, 3], "data": [0.0] * 177}
    return {"inputs": [features]}


def _check(answers: list[httpx.Response]) -> None:
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert "upgrade" not in answer.headers
        assert answer.json()


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("together", [True, False])
def test_requests_after_an_offer_are_answered(
    role: RunningServer, document: object, offer: bytes, *, together: bool
) -> None:
    sent = [
        get("/v2", offer),
        get("/v2/health/live"),
        post(document, offer),
        post(document),
        post(document, offer, chunked=True),
        post(document, chunked=True),
        get("/v2"),
    ]
    with connect(role.url) as connection:
        if together:
            connection.sendall(b"".join(sent))
            _check(responses(connection, len(sent)))
        else:
            for one in sent:
                connection.sendall(one)
                _check(responses(connection, 1))


def test_every_request_of_a_connection_may_offer_an_upgrade(role: RunningServer, document: object) -> None:
    with connect(role.url) as connection:
        for count in (1, 5, 40):  # aiohttp parses up to 32 requests ahead
            connection.sendall(post(document, H2C) * count)
            _check(responses(connection, count))


def test_offer_split_at_any_byte_is_answered(role: RunningServer, document: object) -> None:
    sent = get("/v2", H2C) + post(document, H2C) + post(document)
    for split in range(1, len(sent)):
        with connect(role.url) as connection:
            connection.sendall(sent[:split])
            time.sleep(0.001)
            connection.sendall(sent[split:])
            _check(responses(connection, 3))


def test_large_body_after_an_offer_is_read(pair: Pair, windows: f8) -> None:
    sent = post(window_request(np.tile(windows, (5, 1))), H2C)
    with connect(pair.url, 60) as connection:
        connection.sendall(sent + get("/v2"))
        _check(responses(connection, 2))


def test_offer_to_an_unknown_route_returns_404(role: RunningServer) -> None:
    with connect(role.url) as connection:
        connection.sendall(get("/nothing", WEBSOCKET) + get("/v2"))
        assert [answer.status_code for answer in responses(connection, 2)] == [404, 200]


def test_invalid_body_after_an_offer_returns_400(role: RunningServer) -> None:
    with connect(role.url) as connection:
        connection.sendall(post(b"{}", H2C, path=INFER) + get("/v2"))
        assert [answer.status_code for answer in responses(connection, 2)] == [400, 200]
