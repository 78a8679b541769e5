"""Status of errors: every error that a request can cause has one, and subclasses inherit it."""

import inspect

import pytest

from model.contract import errors
from model.contract.status import INTERNAL, status_of

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.NextcloseError)]


@pytest.mark.parametrize(
    ("kind", "http", "grpc"),
    [
        (errors.InvalidInputError, 400, "INVALID_ARGUMENT"),
        (errors.ForbiddenError, 403, "PERMISSION_DENIED"),
        (errors.UnknownModelError, 404, "NOT_FOUND"),
        (errors.UnknownVersionError, 404, "NOT_FOUND"),
        (errors.UnknownSymbolError, 404, "NOT_FOUND"),
        (errors.TooLargeError, 413, "RESOURCE_EXHAUSTED"),
        (errors.PredictorUnavailableError, 503, "UNAVAILABLE"),
        (errors.VersionMismatchError, 503, "UNAVAILABLE"),
        (errors.OverloadedError, 503, "UNAVAILABLE"),
        (errors.DeadlineExceededError, 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_errors_of_requests_have_a_status(kind: type[errors.NextcloseError], http: int, grpc: str) -> None:
    assert status_of(kind("x")) == (http, grpc)


@pytest.mark.parametrize("error", [ValueError("x"), errors.SettingsError("x"), errors.TrainingError("x")])
def test_other_errors_are_internal(error: Exception) -> None:
    assert status_of(error) is INTERNAL


def test_reasons_are_distinct() -> None:
    reasons = [kind.reason for kind in ALL]
    assert len(set(reasons)) == len(reasons)
