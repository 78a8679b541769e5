"""Version names. They sort by time of export and contain part of the manifest's digest."""

import re
from datetime import UTC, datetime
from typing import Final

_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_PATTERN: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def version_name(created: datetime, digest: str) -> str:
    """Make the name of a version, e.g. `20261124T014500Z-1a2b3c4d`.

    Args:
        created: Time of export, with time zone; fractions of seconds are dropped.
        digest: Hexadecimal digest of the content; the name contains its first eight digits.
    """
    return f"{created.astimezone(UTC).strftime(_FORMAT)}-{digest[:8]}"


def is_version(name: str) -> bool:
    """Whether a name has the form of a version name."""
    return _PATTERN.fullmatch(name) is not None


def created_at(version: str) -> datetime:
    """Parse the time of export (UTC) from the name of a version."""
    return datetime.strptime(version.partition("-")[0], _FORMAT).replace(tzinfo=UTC)
