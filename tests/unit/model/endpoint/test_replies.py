"""Replies: request ids, forwarded headers, and the format of errors."""

import orjson
import pytest

from model.contract.errors import InvalidInputError, NextcloseError, OverloadedError, SettingsError
from model.endpoint.replies import error_metadata, error_reply, forwarded_headers, request_id


@pytest.mark.parametrize("bad", [None, "", "two words", "a\nb", "x" * 129, "ação"])
def test_first_valid_id_is_the_request_id(bad: str | None) -> None:
    assert request_id(bad, "good") == "good"
    assert len(request_id(bad)) == 32
    assert request_id(bad) != request_id(bad)


def test_only_request_id_and_trace_headers_are_forwarded() -> None:
    headers = {"x-request-id": "7", "traceparent": "00-1-2-01", "cookie": "a=b", "host": "here"}
    assert forwarded_headers(headers) == {"x-request-id": "7", "traceparent": "00-1-2-01"}


def test_values_that_are_invalid_in_http_are_not_forwarded() -> None:
    given = {"traceparent": "a\x01b", "x-request-id": "b\x7f", "tracestate": "c=d", "x-b3-traceid": "é"}
    assert forwarded_headers(given) == {"tracestate": "c=d"}


def test_error_reply_has_status_message_and_reason() -> None:
    reply = error_reply(InvalidInputError("input 'close':\n expected a price"), "7")
    assert (reply.status, orjson.loads(reply.body)) == (400, {"error": "input 'close': expected a price"})
    assert reply.headers == {"content-type": "application/json", "x-request-id": "7", "error-reason": "invalid_input"}


def test_unavailable_error_has_a_retry_after_header() -> None:
    assert error_metadata(OverloadedError("full", retry_after=3)) == {"error-reason": "overloaded", "retry-after": "3"}


@pytest.mark.parametrize("error", [ValueError("secret"), SettingsError("secret"), NextcloseError("secret")])
def test_message_of_an_internal_error_is_not_sent(error: Exception) -> None:
    reply = error_reply(error, "7")
    assert reply.status == 500
    assert orjson.loads(reply.body) == {"error": "internal error, logged under the request id 7"}
    assert reply.headers["error-reason"] == "internal"
