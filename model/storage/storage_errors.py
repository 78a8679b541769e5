"""One-line reasons why an address could not be read or written, with the settings to check."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

_KEYS: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the account"
_NO_BUCKET: Final = "NoSuchBucket"
_UNKNOWN: Final = f"the credentials are not known there; check {_KEYS}"
_REFUSED: Final = f"access is refused; check {_KEYS}, and their permissions on this bucket"
# By S3 error code. The answer to a HEAD request has only the status code.
_REASONS: Final = {
    _NO_BUCKET: "no such bucket; make it, or check the address and AWS_ENDPOINT_URL",
    "InvalidAccessKeyId": _UNKNOWN,
    "SignatureDoesNotMatch": _UNKNOWN,
    "ExpiredToken": _UNKNOWN,
    "InvalidToken": _UNKNOWN,
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": _REFUSED,
    "403": _REFUSED,
}


def is_missing_file(error: Exception) -> bool:
    """Whether only the file is missing. s3fs raises the same exception for a missing bucket, which returns False."""
    return isinstance(error, FileNotFoundError) and _code(error) != _NO_BUCKET


def describe_error(error: Exception, address: str) -> str:
    """Describe an error in one line.

    Args:
        error: Exception raised by fsspec; its cause is the error of the object store, if there is one.
        address: The address that was used, in the user's notation.
    """
    reason = _s3_reason(error, bucket_of(address)) if "://" in address else None
    if reason is not None:
        return reason
    text = getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
    return f"{bucket_of(address)}: {text}" if "://" in address else str(text)


def bucket_of(address: str) -> str:
    """The bucket of an address: `s3://bucket` for `s3://bucket/folder`."""
    protocol, _, rest = address.partition("://")
    return f"{protocol}://{rest.partition('/')[0]}"


def _s3_reason(error: Exception, bucket: str) -> str | None:
    code = _code(error) or ""
    if code in _REASONS:
        return f"{bucket}: {_REASONS[code]} ({code})"
    reasons = (_client_reason(cause) for cause in _causes(error))
    reason = next((reason for reason in reasons if reason is not None), None)
    return reason and f"{bucket}: {reason}"


def _client_reason(error: BaseException) -> str | None:
    """Reason of an error that occurred in the S3 client, before the server answered."""
    try:
        from botocore import exceptions as s3
    except ImportError:  # an installation without s3fs
        return None
    match error:
        case s3.NoCredentialsError() | s3.PartialCredentialsError() | s3.CredentialRetrievalError():
            return f"no credentials; set {_KEYS}"
        case s3.SSLError():
            return f"TLS with {_server(error)} failed; check whether it is http or https, and the CA"
        case s3.ConnectionError() | s3.HTTPClientError():
            return f"{_server(error)} cannot be reached; check AWS_ENDPOINT_URL and the network policies"
        case s3.ParamValidationError():
            return "not a valid bucket name"
    return None


def _code(error: BaseException) -> str | None:
    for cause in _causes(error):
        response: Any = getattr(cause, "response", None)
        if isinstance(response, dict) and "Error" in response:
            return str(response["Error"].get("Code"))
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _server(error: BaseException) -> str:
    url = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url") or ""))
    return f"{url.scheme}://{url.netloc}" if url.netloc else "the server"
