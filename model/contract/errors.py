"""Every error that this project raises on purpose descends from `NextcloseError`.

The class says what kind of fault it is; the message names the field, what was expected and what came.
`model.contract.status` maps the classes to HTTP and gRPC status, once, for all processes.
"""

from typing import ClassVar


class NextcloseError(Exception):
    """Root of the hierarchy. `reason` is its stable name in metrics and logs."""

    reason: ClassVar[str] = "internal"


class SettingsError(NextcloseError):
    """A setting or a command-line value that cannot be used."""

    reason = "settings"


class AddressError(NextcloseError):
    """A port or socket that cannot be listened on: taken, or not allowed."""

    reason = "address"


class StorageError(NextcloseError):
    """A folder or an object store that cannot be read or written; says what to check.

    Whoever asked raises it as an error of what was wanted: of prices, or of an artefact.
    """

    reason = "storage"


# --- requests -------------------------------------------------------------------------------------------------------


class InvalidInputError(NextcloseError):
    """The request's content cannot be answered; its sender can mend it."""

    reason = "invalid_input"


class TooLargeError(NextcloseError):
    """The request's body or its number of rows is over the limit."""

    reason = "too_large"


class NotFoundError(NextcloseError):
    """Something that the request names does not exist."""

    reason = "not_found"


class UnknownModelError(NotFoundError):
    """No such model is served here."""

    reason = "unknown_model"


class UnknownVersionError(NotFoundError):
    """No such version of the model is served here."""

    reason = "unknown_version"


class UnknownSymbolError(NotFoundError):
    """The price store holds no series of that symbol."""

    reason = "unknown_symbol"


class ForbiddenError(NextcloseError):
    """Something that the protocol knows and this service does not let anybody do."""

    reason = "forbidden"


class UnavailableError(NextcloseError):
    """The service cannot answer now; the same request may pass after `retry_after` seconds."""

    reason = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PredictorUnavailableError(UnavailableError):
    """The predictor could not be reached, is not ready, or failed (`fault`: its log says why)."""

    reason = "predictor_unavailable"

    def __init__(self, message: str, *, fault: bool = False) -> None:
        super().__init__(message)
        self.fault = fault


class VersionMismatchError(UnavailableError):
    """Transformer and predictor hold different versions: an answer would be scaled wrongly."""

    reason = "version_mismatch"


class OverloadedError(UnavailableError):
    """More requests wait than will be answered in time."""

    reason = "overloaded"


class SlowRequestError(NextcloseError):
    """The request itself did not arrive within the time that it has."""

    reason = "slow_request"


class DeadlineExceededError(NextcloseError):
    """The answer did not come within the time that the request has."""

    reason = "deadline_exceeded"


# --- prices ---------------------------------------------------------------------------------------------------------


class PricesError(NextcloseError):
    """Prices that cannot be had or cannot be used."""

    reason = "prices"


class SourceError(PricesError):
    """A source of prices did not give what was asked for."""

    reason = "source"


class SourceUnavailableError(SourceError):
    """The source could not be reached, or refused for now; another may answer."""

    reason = "source_unavailable"


class NoSuchSymbolError(SourceError):
    """The source was reached and knows no such symbol."""

    reason = "no_such_symbol"


class DataQualityError(PricesError):
    """Prices that were read but fail a check; nothing was overwritten."""

    reason = "data_quality"


# --- artefacts ------------------------------------------------------------------------------------------------------


class ArtefactError(NextcloseError):
    """A version folder that cannot be published, found or used."""

    reason = "artefact"


class NoVersionError(ArtefactError):
    """No such version, or none at all, is there yet."""

    reason = "no_version"


class CorruptArtefactError(ArtefactError):
    """A version folder whose files are not those of its manifest; names the file."""

    reason = "corrupt_artefact"


# --- training -------------------------------------------------------------------------------------------------------


class TrainingError(NextcloseError):
    """Training or evaluation cannot be done with what was given."""

    reason = "training"


class NotEnoughDataError(TrainingError):
    """Fewer sessions than the split into training, validation and gate needs."""

    reason = "not_enough_data"


# --- promotion ------------------------------------------------------------------------------------------------------


class ClusterError(NextcloseError):
    """The cluster cannot be reached, does not hold what is needed, or does not let this account do it."""

    reason = "cluster"


class PromotionError(NextcloseError):
    """A version could not be made the one that is served; `check` names what failed."""

    reason = "promotion"

    def __init__(self, message: str, *, check: str) -> None:
        super().__init__(message)
        self.check = check
