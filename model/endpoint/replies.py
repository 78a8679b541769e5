"""HTTP replies, and the format of all errors: `{"error": "..."}` with the reason in the header `error-reason`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog
from aiohttp import web

from model.contract.errors import NextcloseError, UnavailableError
from model.contract.status import INTERNAL, status_of
from model.protocol.tensors import new_id

REQUEST_ID: Final = "x-request-id"
ERROR_REASON: Final = "error-reason"  # header (trailing metadata in gRPC) with the `reason` of the error class
# Trace headers, which are forwarded to the predictor together with the request id.
TRACE_HEADERS: Final = frozenset({"traceparent", "tracestate", "x-b3-traceid"})
_FORWARDED: Final = (REQUEST_ID, *sorted(TRACE_HEADERS))
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response, independent of the framework.

    Attributes:
        body: The whole body.
        status: HTTP status.
        headers: Headers by name.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def to_response(reply: Reply) -> web.Response:
    """Convert a reply to a response of aiohttp."""
    return web.Response(body=reply.body, status=reply.status, headers=reply.headers)


def request_id(*candidates: str | None) -> str:
    """Return the first candidate that is a valid request id, or a new id."""
    for candidate in candidates:
        if candidate is not None and _ID.fullmatch(candidate):
            return candidate
    return new_id()


def forwarded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Select the headers that are forwarded to the predictor, with names in lower case.

    Values that are not valid in HTTP are dropped: gRPC metadata may contain control characters.
    """
    found = {name: headers[name] for name in _FORWARDED if name in headers}
    return {name: value for name, value in found.items() if _HEADER_VALUE.fullmatch(value)}


def json_reply(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Make a JSON reply."""
    return Reply(orjson.dumps(document), status, {"content-type": "application/json", **(headers or {})})


def error_reply(error: BaseException, identifier: str) -> Reply:
    """Make the reply to a failed request. The message of an internal error is logged, not sent.

    Args:
        error: Cause of the failure.
        identifier: Id of the request.
    """
    headers = {REQUEST_ID: identifier, **error_metadata(error)}
    return json_reply({"error": message_of(error, identifier)}, int(status_of(error).http), headers)


def error_metadata(error: BaseException) -> dict[str, str]:
    """Make the headers (metadata in gRPC) of an error: its reason, and when to retry."""
    reason = NextcloseError.reason
    if isinstance(error, NextcloseError) and status_of(error) is not INTERNAL:
        reason = error.reason
    found = {ERROR_REASON: reason}
    if isinstance(error, UnavailableError):
        found["retry-after"] = str(error.retry_after)
    return found


def message_of(error: BaseException, identifier: str) -> str:
    """Return the error message for the client, in one line; log an internal error instead."""
    if isinstance(error, NextcloseError) and status_of(error) is not INTERNAL:
        return " ".join(str(error).split())
    _log.error("request failed", request_id=identifier, exc_info=error)
    return f"internal error, logged under the request id {identifier}"
