"""Why an address could not be read or written, in one line that says what to check."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

_KEYS: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the account"
_NO_BUCKET: Final = "NoSuchBucket"
_UNKNOWN: Final = f"the credentials are not known there; check {_KEYS}"
_REFUSED: Final = f"access is refused; check {_KEYS}, and what they may do with this bucket"
# By the code that S3 answers with; `HEAD` gives a number alone.
_SAID: Final = {
    _NO_BUCKET: "no such bucket; make it, or check the address and AWS_ENDPOINT_URL",
    "InvalidAccessKeyId": _UNKNOWN,
    "SignatureDoesNotMatch": _UNKNOWN,
    "ExpiredToken": _UNKNOWN,
    "InvalidToken": _UNKNOWN,
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": _REFUSED,
    "403": _REFUSED,
}


def absent(error: Exception) -> bool:
    """Whether only the file is not there; S3 says the same of a whole bucket, which is another matter."""
    return isinstance(error, FileNotFoundError) and _code(error) != _NO_BUCKET


def fault_of(error: Exception, address: str) -> str:
    """The line.

    Args:
        error: what fsspec raised, of an object store with the store's own error as its cause.
        address: that was used, as a user writes it.
    """
    reason = _of_s3(error, bucket_of(address)) if "://" in address else None
    if reason is not None:
        return reason
    text = getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
    return f"{bucket_of(address)}: {text}" if "://" in address else str(text)


def bucket_of(address: str) -> str:
    """The first part of an address: `s3://bucket` of `s3://bucket/folder`."""
    protocol, _, rest = address.partition("://")
    return f"{protocol}://{rest.partition('/')[0]}"


def _of_s3(error: Exception, bucket: str) -> str | None:
    code = _code(error) or ""
    if code in _SAID:
        return f"{bucket}: {_SAID[code]} ({code})"
    reasons = (_of_client(one) for one in _chain(error))
    reason = next((one for one in reasons if one is not None), None)
    return reason and f"{bucket}: {reason}"


def _of_client(error: BaseException) -> str | None:
    """Why S3's client did not come to ask."""
    try:
        from botocore import exceptions as s3
    except ImportError:  # an installation without s3fs
        return None
    match error:
        case s3.NoCredentialsError() | s3.PartialCredentialsError() | s3.CredentialRetrievalError():
            return f"no credentials; give {_KEYS}"
        case s3.SSLError():
            return f"no TLS with {_server(error)}; check whether it is http or https, and the CA"
        case s3.ConnectionError() | s3.HTTPClientError():
            return f"{_server(error)} cannot be reached; check AWS_ENDPOINT_URL and the network policies"
        case s3.ParamValidationError():
            return "no name that a bucket can have"
    return None


def _code(error: BaseException) -> str | None:
    for one in _chain(error):
        response: Any = getattr(one, "response", None)
        if isinstance(response, dict) and "Error" in response:
            return str(response["Error"].get("Code"))
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _server(error: BaseException) -> str:
    url = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url") or ""))
    return f"{url.scheme}://{url.netloc}" if url.netloc else "the server"
