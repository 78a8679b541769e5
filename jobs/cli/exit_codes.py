"""Exit statuses of `nextclose` and the errors that they stand for. Scripts depend on them: do not renumber."""

from enum import IntEnum
from typing import Final, Self

from model.contract.errors import (
    AddressError,
    ArtefactError,
    ClusterError,
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    PricesError,
    PromotionError,
    SettingsError,
    TrainingError,
    UnavailableError,
    UnknownSymbolError,
)


class ExitCode(IntEnum):
    """An exit status.

    Attributes:
        meaning: Description for `--help` and the documentation.
    """

    meaning: str

    DONE = 0, "success"
    FAILED = 1, "failure: a check of doctor, a threshold of loadtest, any other error"
    USAGE = 2, "usage: an invalid option, argument or setting"
    PRICES = 3, "prices: missing for the symbol, not available, or unusable"
    TRAINING = 4, "training: training or evaluation failed, or the gate refused"
    VERSION = 5, "version: not found, or its files do not match its manifest"
    SERVICE = 6, "service: no answer, not ready, request refused, or port in use"
    CLUSTER = 7, "cluster: unreachable, without KServe, or permission denied"
    PROMOTION = 8, "promotion: check failed, version pinned, or no earlier version"
    INTERRUPTED = 130, "interrupted by Ctrl-C or SIGTERM"

    def __new__(cls, value: int, meaning: str) -> Self:
        """Create a member with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


_BY_ERROR: Final[tuple[tuple[type[NextcloseError], ExitCode], ...]] = (
    (SettingsError, ExitCode.USAGE),
    (PricesError, ExitCode.PRICES),
    (UnknownSymbolError, ExitCode.PRICES),
    (TrainingError, ExitCode.TRAINING),
    (ArtefactError, ExitCode.VERSION),
    (UnavailableError, ExitCode.SERVICE),
    (DeadlineExceededError, ExitCode.SERVICE),
    (InvalidInputError, ExitCode.SERVICE),
    (AddressError, ExitCode.SERVICE),
    (ClusterError, ExitCode.CLUSTER),
    (PromotionError, ExitCode.PROMOTION),
)


def exit_code_of(error: Exception) -> ExitCode:
    """The exit status after an error."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)


def exit_codes_text() -> str:
    """All statuses with their meanings, one paragraph each, for the end of `nextclose --help`."""
    return "Exit status:\n\n" + "\n\n".join(f"{code.value:>3}  {code.meaning}" for code in ExitCode)
