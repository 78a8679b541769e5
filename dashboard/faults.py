"""What the dashboard tells apart beyond the contract's errors."""

from typing import ClassVar

from model.contract.errors import UnavailableError


class NotReadyError(UnavailableError):
    """The service is there and says itself that it cannot answer now: not ready, or overloaded."""

    reason: ClassVar[str] = "not_ready"


class WrongAnswerError(UnavailableError):
    """Something answers, and not as this service does."""

    reason: ClassVar[str] = "wrong_answer"
