"""Checks of RFC 9112 and RFC 3986 that the HTTP parser leaves to the application."""

import re
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from model.contract.errors import InvalidInputError

_HOST: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
# A path with one of these has another structure decoded than as it was sent.
_ENCODED_SEPARATORS: Final = ("%2f", "%5c")


@web.middleware
async def check_conformance(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse an invalid Host header and paths with encoded separators."""
    host = request.headers.get("Host", "")
    if not _HOST.fullmatch(host):
        raise InvalidInputError(
            f"header 'Host': expected a host name or address with an optional port, got {host[:60]!r}"
        )
    path = request.rel_url.raw_path
    if "%" in path and any(separator in path.lower() for separator in _ENCODED_SEPARATORS):
        raise web.HTTPNotFound
    return await handler(request)
