"""Error hierarchy of this project, rooted at `NextcloseError`.

The class of an error identifies its kind. The message names the field, the expected and the actual value.
`model.contract.status` maps the classes to HTTP and gRPC status for all processes.
"""

from typing import ClassVar


class NextcloseError(Exception):
    """Base class of all errors of this project.

    Attributes:
        reason: Stable name of the class in metrics, logs and the header `error-reason`.
    """

    reason: ClassVar[str] = "internal"


class SettingsError(NextcloseError):
    """A setting or a command-line value that cannot be used."""

    reason = "settings"


class AddressError(NextcloseError):
    """A port or socket that cannot be listened on: in use, or not permitted."""

    reason = "address"


class StorageError(NextcloseError):
    """A folder or an object store that cannot be read or written; the message names the settings to check.

    Callers convert it to the error of their domain: `PricesError` or `ArtefactError`.
    """

    reason = "storage"


# --- requests -------------------------------------------------------------------------------------------------------


class InvalidInputError(NextcloseError):
    """The content of the request is invalid; the client can correct it."""

    reason = "invalid_input"


class TooLargeError(NextcloseError):
    """The request exceeds a limit, such as the size of its body or its number of rows."""

    reason = "too_large"


class NotFoundError(NextcloseError):
    """An object that the request names does not exist."""

    reason = "not_found"


class UnknownModelError(NotFoundError):
    """The requested model is not served."""

    reason = "unknown_model"


class UnknownVersionError(NotFoundError):
    """The requested version of the model is not served."""

    reason = "unknown_version"


class UnknownSymbolError(NotFoundError):
    """The price store does not contain the requested symbol."""

    reason = "unknown_symbol"


class ForbiddenError(NextcloseError):
    """An operation of the protocol that this service does not permit."""

    reason = "forbidden"


class UnavailableError(NextcloseError):
    """The service cannot answer now; the same request may succeed later.

    Attributes:
        retry_after: Seconds to wait before a retry, sent as the header `retry-after`.
    """

    reason = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PredictorUnavailableError(UnavailableError):
    """The predictor cannot be reached, is not ready, or failed.

    Attributes:
        fault: Whether the predictor failed; its log contains the reason.
    """

    reason = "predictor_unavailable"

    def __init__(self, message: str, *, fault: bool = False) -> None:
        super().__init__(message)
        self.fault = fault


class VersionMismatchError(UnavailableError):
    """Transformer and predictor serve different versions, so forecasts would be scaled wrongly."""

    reason = "version_mismatch"


class OverloadedError(UnavailableError):
    """Too many requests are in progress or waiting."""

    reason = "overloaded"


class SlowRequestError(NextcloseError):
    """The request did not arrive completely within its time limit."""

    reason = "slow_request"


class DeadlineExceededError(NextcloseError):
    """The request was not answered within its deadline."""

    reason = "deadline_exceeded"


# --- prices ---------------------------------------------------------------------------------------------------------


class PricesError(NextcloseError):
    """Prices that are missing or cannot be used."""

    reason = "prices"


class SourceError(PricesError):
    """A source of prices did not return the requested prices."""

    reason = "source"


class SourceUnavailableError(SourceError):
    """The source cannot be reached or refuses requests for now; another source may answer."""

    reason = "source_unavailable"


class NoSuchSymbolError(SourceError):
    """The source does not know the symbol."""

    reason = "no_such_symbol"


class DataQualityError(PricesError):
    """Downloaded or stored prices fail a check; nothing was overwritten."""

    reason = "data_quality"


# --- artefacts ------------------------------------------------------------------------------------------------------


class ArtefactError(NextcloseError):
    """A version folder that cannot be published, found or used."""

    reason = "artefact"


class NoVersionError(ArtefactError):
    """The version does not exist, or no version exists yet."""

    reason = "no_version"


class CorruptArtefactError(ArtefactError):
    """A version folder whose files do not match its manifest; the message names the file."""

    reason = "corrupt_artefact"


# --- training -------------------------------------------------------------------------------------------------------


class TrainingError(NextcloseError):
    """Training or evaluation is not possible with the given data or parameters."""

    reason = "training"


class NotEnoughDataError(TrainingError):
    """Fewer sessions than the split into training, validation and gate requires."""

    reason = "not_enough_data"


# --- promotion ------------------------------------------------------------------------------------------------------


class ClusterError(NextcloseError):
    """The cluster cannot be reached, lacks a required object, or denies this account the operation."""

    reason = "cluster"


class PromotionError(NextcloseError):
    """A version could not be promoted.

    Attributes:
        check: Name of the check that failed.
    """

    reason = "promotion"

    def __init__(self, message: str, *, check: str) -> None:
        super().__init__(message)
        self.check = check
