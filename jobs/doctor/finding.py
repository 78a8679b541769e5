"""What one check of the doctor found, and what to do about it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Result(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong; something is not there that only some need
    SKIPPED = "skipped"  # it could not be looked at, and nobody asked for it
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check.

    Attributes:
        check: its name. result: how it ended. found: in words. advice: what to do; None where there is nothing to do.
    """

    check: str
    result: Result
    found: str
    advice: str | None = None

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(one.result is not Result.FAILED for one in findings)


def findings_text(findings: Sequence[Finding]) -> str:
    """For a terminal: a line for each check, and below it what to do."""
    width = max(len(one.check) for one in findings)
    lines = []
    for one in findings:
        lines.append(f"{one.result.value:<8} {one.check:<{width}}  {one.found}")
        if one.advice is not None:
            lines.append(f"{'':<8} {'':<{width}}  -> {one.advice}")
    failed = sum(one.result is Result.FAILED for one in findings)
    return "\n".join([*lines, "", f"{failed} of {len(findings)} checks failed" if failed else "nothing failed"])
