"""Answers over HTTP, and the one shape that every error has: `{"error": "..."}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog

from model.contract.errors import NextcloseError, UnavailableError
from model.contract.status import INTERNAL, status_of
from model.protocol.tensors import new_id

REQUEST_ID: Final = "x-request-id"
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before a web framework sends it."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def request_id(*candidates: str | None) -> str:
    """The first candidate that can stand in a header, else a new id."""
    for candidate in candidates:
        if candidate is not None and _ID.fullmatch(candidate):
            return candidate
    return new_id()


def json_reply(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON."""
    return Reply(orjson.dumps(document), status, {"content-type": "application/json", **(headers or {})})


def error_reply(error: BaseException, identifier: str) -> Reply:
    """The answer to a request that failed: its sender's fault is explained, a fault of ours is logged and not shown."""
    status = status_of(error)
    message = message_of(error, identifier)
    headers = {REQUEST_ID: identifier}
    if isinstance(error, UnavailableError):
        headers["retry-after"] = str(error.retry_after)
    return json_reply({"error": message}, int(status.http), headers)


def message_of(error: BaseException, identifier: str) -> str:
    """What the sender of a request is told, in one line."""
    if isinstance(error, NextcloseError) and status_of(error) is not INTERNAL:
        return " ".join(str(error).split())
    _log.error("request failed", request_id=identifier, exc_info=error)
    return f"internal error, logged under the request id {identifier}"
