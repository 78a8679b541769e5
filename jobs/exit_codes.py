"""The statuses that `nextclose` ends with, and the errors each one stands for. They are stable: scripts read them."""

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
    """A status, with what it says."""

    meaning: str

    DONE = 0, "done"
    FAILED = 1, "failed: a check of doctor, a threshold of loadtest, or anything else"
    USAGE = 2, "wrong usage: an option, argument or setting that cannot be used"
    PRICES = 3, "prices: none of the symbol, or they cannot be had or used"
    TRAINING = 4, "training: it or an evaluation cannot be done, or the gate refused"
    VERSION = 5, "version: there is none, or it is not what was published"
    SERVICE = 6, "service: no answer, not ready, it refuses, or a port is taken"
    CLUSTER = 7, "cluster: out of reach, without KServe, or it does not allow it"
    PROMOTION = 8, "promotion: a check failed, or the version is held or unknown"
    INTERRUPTED = 130, "interrupted by Ctrl-C or SIGTERM"

    def __new__(cls, value: int, meaning: str) -> Self:
        """A member with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


_OF_ERRORS: Final[tuple[tuple[type[NextcloseError], ExitCode], ...]] = (
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
    """The status to end with after an error."""
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), ExitCode.FAILED)


def exit_codes_text() -> str:
    """All statuses with their meanings, a paragraph each: the end of `nextclose --help`."""
    return "Exit status:\n\n" + "\n\n".join(f"{code.value:>3}  {code.meaning}" for code in ExitCode)
