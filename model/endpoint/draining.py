"""Connection draining: while a server shuts down, every answer asks its client to connect elsewhere."""

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


@dataclass(slots=True)
class Draining:
    """Whether the server drains its connections.

    A Kubernetes Service chooses a pod per connection, so clients reach another pod only over a new connection.

    Attributes:
        started: Set when the server begins to shut down.
    """

    started: bool = False


def drain_connections(draining: Draining) -> Middleware:
    """Make the middleware that adds `Connection: close` to responses while the server drains."""

    @web.middleware
    async def drain(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if draining.started:
            response.force_close()
        return response

    return drain
