"""Mapping from errors to HTTP and gRPC status, for transformer and predictor."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, NamedTuple

from model.contract import errors


class Status(NamedTuple):
    """Status of an answer over both protocols.

    Attributes:
        http: HTTP status.
        grpc: Name of the equivalent gRPC status code.
    """

    http: HTTPStatus
    grpc: str


INTERNAL: Final = Status(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL")

_STATUS: Final[dict[type[errors.NextcloseError], Status]] = {
    errors.InvalidInputError: Status(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"),
    errors.ForbiddenError: Status(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED"),
    errors.NotFoundError: Status(HTTPStatus.NOT_FOUND, "NOT_FOUND"),
    errors.SlowRequestError: Status(HTTPStatus.REQUEST_TIMEOUT, "DEADLINE_EXCEEDED"),
    errors.TooLargeError: Status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RESOURCE_EXHAUSTED"),
    errors.UnavailableError: Status(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    errors.DeadlineExceededError: Status(HTTPStatus.GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED"),
}


def status_of(error: BaseException) -> Status:
    """Return the status of the nearest base class in the mapping, `INTERNAL` if there is none."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return INTERNAL


def errors_with_status() -> Iterator[tuple[type[errors.NextcloseError], Status]]:
    """Iterate over the errors of `model.contract.errors` that have a status, own or inherited."""
    for ancestor, status in _STATUS.items():
        yield ancestor, status
        for kind in ancestor.__subclasses__():
            if kind.__module__ == errors.__name__:
                yield kind, status
