"""Requests are counted by outcome; a disconnected client is not an error of the service."""

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from model.contract import errors
from model.contract.errors import InvalidInputError, OverloadedError
from model.contract.status import INTERNAL, status_of
from model.endpoint.server_metrics import create_series, track_request

ROLE = "test_metrics"


def _count(code: str, reason: str) -> float:
    labels = {"role": ROLE, "protocol": "v2", "code": code, "reason": reason}
    return REGISTRY.get_sample_value("nextclose_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (InvalidInputError("x"), "400", "invalid_input"),
        (OverloadedError("x"), "503", "overloaded"),
        (ZeroDivisionError("x"), "500", "internal"),
        (asyncio.CancelledError(), "499", "cancelled"),
    ],
)
def test_error_is_counted_and_raised(error: BaseException, code: str, reason: str) -> None:
    before = _count(code, reason)
    with pytest.raises(type(error)), track_request(ROLE, "v2"):
        raise error
    assert _count(code, reason) == before + 1
    assert REGISTRY.get_sample_value("nextclose_requests_in_flight", {"role": ROLE}) == 0


def test_answer_is_counted_and_timed() -> None:
    before = _count("200", "ok")
    with track_request(ROLE, "v2"):
        assert REGISTRY.get_sample_value("nextclose_requests_in_flight", {"role": ROLE}) == 1
    assert _count("200", "ok") == before + 1
    labels = {"role": ROLE, "protocol": "v2"}
    assert (REGISTRY.get_sample_value("nextclose_request_duration_seconds_count", labels) or 0) >= 1


def test_request_refused_for_overload_is_not_timed() -> None:
    timed = ("nextclose_request_duration_seconds_count", {"role": ROLE, "protocol": "v2"})
    with track_request(ROLE, "v2"):
        pass
    before = REGISTRY.get_sample_value(*timed)
    with pytest.raises(OverloadedError), track_request(ROLE, "v2"):
        raise OverloadedError("x")
    assert REGISTRY.get_sample_value(*timed) == before


def test_series_of_every_outcome_exist_before_the_first_request() -> None:
    create_series("test_announced", "v2", "grpc")
    for kind in (kind for kind in _kinds(errors.NextcloseError) if kind.__module__ == errors.__name__):
        status = status_of(kind.__new__(kind))
        labels = {"role": "test_announced", "protocol": "grpc", "code": str(int(status.http)), "reason": kind.reason}
        value = REGISTRY.get_sample_value("nextclose_requests_total", labels)
        assert value == 0 or status == INTERNAL, kind
    count = {"role": "test_announced", "protocol": "v2"}
    assert REGISTRY.get_sample_value("nextclose_request_duration_seconds_count", count) == 0
    assert REGISTRY.get_sample_value("nextclose_ready", {"role": "test_announced"}) == 0


def _kinds(kind: type[errors.NextcloseError]) -> Iterator[type[errors.NextcloseError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)
