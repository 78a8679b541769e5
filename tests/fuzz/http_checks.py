"""Invariants of every HTTP response."""

import math
import re
from collections.abc import Collection
from typing import Any, Final

from model.contract.names import SERVER_NAME
from tests.fuzz.http_wire import Answer
from tests.fuzz.invariant_error import InvariantError
from tests.serving.v2_requests import HEADER

_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_ITEM_BYTES: Final = {"FP64": 8, "FP32": 4, "BOOL": 1}
_LONGEST_MESSAGE: Final = 700


def check_answer(answer: Answer, method: str | None, statuses: Collection[int] | None, identifier: str | None) -> None:
    """Check a response.

    Args:
        answer: The response.
        method: Method of its request; None if unknown.
        statuses: Allowed status codes; None allows all below 500.
        identifier: The request id that an error response must repeat; None allows any.

    Raises:
        InvariantError: An invariant is violated.
    """
    shown = f"response {answer.status} {answer.headers} {answer.body[:300]!r}"
    status, reason = answer.status, answer.headers.get("error-reason")
    overloaded = status == 503 and reason == "overloaded"
    late = status == 504 and reason == "deadline_exceeded"
    expected = status < 500 if statuses is None else status in statuses
    if not (expected or overloaded or late):
        raise InvariantError(f"status: expected {sorted(statuses) if statuses else 'none above 499'}, got {shown}")
    if answer.headers.get("server") != SERVER_NAME:
        raise InvariantError(f"header 'Server': expected {SERVER_NAME}, got {shown}")
    if status >= 400:
        _check_error(answer, method, identifier, shown)
    elif HEADER in answer.headers or answer.body.startswith(b'{"model_name"'):
        _check_outputs(answer)


def _check_error(answer: Answer, method: str | None, identifier: str | None, shown: str) -> None:
    headers = answer.headers
    if headers.get("content-type") != "application/json":
        raise InvariantError(f"content type of an error: expected JSON, got {shown}")
    if not headers.get("error-reason"):
        raise InvariantError(f"header 'error-reason': expected one, got {shown}")
    got = headers.get("x-request-id", "")
    if not _ID.fullmatch(got) or identifier not in {None, got}:
        raise InvariantError(f"header 'x-request-id': expected {identifier or 'one'}, got {shown}")
    if ("retry-after" in headers) is not (answer.status == 503):
        raise InvariantError(f"header 'Retry-After': expected it for 503 only, got {shown}")
    if not answer.body and method in {None, "HEAD"}:
        return
    document = answer.json()
    message = document.get("error") if isinstance(document, dict) else None
    if not isinstance(message, str) or len(document) != 1 or not message or len(message) > _LONGEST_MESSAGE:
        raise InvariantError(f"body of an error: expected one short message, got {shown}")
    if any(ord(character) < 32 for character in message):
        raise InvariantError(f"message of an error: expected one line, got {shown}")


def _check_outputs(answer: Answer) -> None:
    """Check that the tensors of an inference response are finite and as long as their shapes require."""
    size = int(answer.headers.get(HEADER, len(answer.body)))
    document = Answer(answer.status, answer.headers, answer.body[:size], answer.keep_alive).json()
    left = len(answer.body) - size
    for output in document["outputs"]:
        left -= _check_output(output)
    if left:
        raise InvariantError(f"binary part of a response: {left} bytes more than its outputs have: {document}")


def _check_output(output: dict[str, Any]) -> int:
    """Check one output. Returns the size of its binary data in bytes."""
    count = math.prod(output["shape"])
    size: int | None = output.get("parameters", {}).get("binary_data_size")
    if size is not None:
        if output["datatype"] != "BYTES" and size != count * _ITEM_BYTES[output["datatype"]]:
            raise InvariantError(f"binary output: shape and size differ: {output}")
        return size
    data = output["data"]
    kinds = {"BYTES": (str,), "BOOL": (bool,)}.get(output["datatype"], (int, float))
    if len(data) != count or not all(isinstance(value, kinds) for value in data):
        raise InvariantError(f"output: expected {count} values, got {str(output)[:300]}")
    if output["datatype"].startswith("FP") and not all(math.isfinite(value) for value in data):
        raise InvariantError(f"output: expected finite numbers, got {str(output)[:300]}")
    return 0
