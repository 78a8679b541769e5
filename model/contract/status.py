"""The one map from errors to HTTP and gRPC status. Transformer and predictor both use it."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final, NamedTuple

from model.contract import errors


class Status(NamedTuple):
    """HTTP status and the name of the gRPC status code that says the same."""

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
    """The status of an error: that of the nearest class in its ancestry, `INTERNAL` when there is none."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return INTERNAL


def answered_errors() -> Iterator[tuple[type[errors.NextcloseError], Status]]:
    """Every error of the contract that has a status of its own or of an ancestor; clients' own are none of them."""
    for ancestor, status in _STATUS.items():
        yield ancestor, status
        for kind in ancestor.__subclasses__():
            if kind.__module__ == errors.__name__:
                yield kind, status
