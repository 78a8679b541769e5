"""Checks of error responses over HTTP and gRPC."""

from collections.abc import Callable
from typing import Any

import grpc
import httpx


def check_refusal(answer: httpx.Response, status: int, message: str, identifier: str | None = "kept-1") -> None:
    """Check status, format and headers of an error response.

    Args:
        answer: The response.
        status: Expected status.
        message: Expected part of the message.
        identifier: Expected request id; None accepts any.
    """
    assert answer.status_code == status, answer.text
    document = answer.json()
    assert list(document) == ["error"]
    assert isinstance(document["error"], str)
    assert message in document["error"]
    assert "\n" not in document["error"]
    assert len(document["error"]) < 500
    assert answer.headers["content-type"] == "application/json"
    if identifier is not None:
        assert answer.headers["x-request-id"] == identifier
    assert answer.headers["error-reason"]
    assert ("retry-after" in answer.headers) is (status == 503)


def check_no_address(text: str) -> None:
    """Check that a text does not contain internal addresses or library names."""
    for part in ("http:", "127.0.0.1", "sock", "/tmp", "localhost", "Errno", "httpx", "aiohttp", "Traceback"):  # noqa: S108  # only compared
        assert part not in text


def rpc_error(call: Callable[[], Any]) -> Any:
    """Return the error that a gRPC call raises."""
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("expected the call to be refused")
