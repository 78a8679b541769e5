"""Names of versions: they sort by time and say which manifest they belong to."""

import re
from datetime import UTC, datetime
from typing import Final

_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_PATTERN: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def version_name(created: datetime, digest: str) -> str:
    """Names a version, e.g. `20261124T014500Z-1a2b3c4d`.

    Args:
        created: when it was exported, with time zone; whole seconds count.
        digest: hexadecimal digest of its content; the first eight digits are taken.
    """
    return f"{created.astimezone(UTC).strftime(_FORMAT)}-{digest[:8]}"


def is_version(name: str) -> bool:
    """Whether a name has the form of a version."""
    return _PATTERN.fullmatch(name) is not None


def created_at(version: str) -> datetime:
    """When a version was exported, from its name (UTC)."""
    return datetime.strptime(version.partition("-")[0], _FORMAT).replace(tzinfo=UTC)
