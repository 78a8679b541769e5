"""Errors that only the dashboard distinguishes, in addition to those of the contract."""

from typing import ClassVar

from model.contract.errors import UnavailableError


class NotReadyError(UnavailableError):
    """The service is running and reports that it cannot answer now: not ready, or overloaded."""

    reason: ClassVar[str] = "not_ready"


class UnexpectedResponseError(UnavailableError):
    """The response is not one that this service gives."""

    reason: ClassVar[str] = "wrong_answer"
