"""Connection draining: once it has started, all answers close their connections."""

import pytest
from aiohttp import web

from model.endpoint.connections import track_connection
from model.endpoint.draining import Draining, drain_connections
from model.endpoint.http_app import error_replies
from tests.serving.raw_http import connect, get, responses, responses_until_closed
from tests.unit.model.endpoint.http_server import serving


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


@pytest.mark.parametrize("path", ["/", "/unknown"])
def test_answers_close_connections_once_draining_has_started(path: str) -> None:
    draining = Draining()
    middlewares = (drain_connections(draining), track_connection, error_replies)
    with serving(("GET", "/", _hello), middlewares=middlewares) as server, connect(server.url) as connection:
        for _ in range(2):
            connection.sendall(get(path))
            assert "connection" not in responses(connection, 1)[0].headers
        draining.started = True
        connection.sendall(get(path))
        (answer,) = responses_until_closed(connection)
        assert answer.headers["connection"] == "close"
