"""Result of one check of the doctor, with advice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class CheckResult(StrEnum):
    """Result of a check."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong, but something is missing that only some users need
    SKIPPED = "skipped"  # the check was not possible, and it is not required
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check, with a description.

    Attributes:
        check: Name of the check.
        result: Its result.
        found: Description of the observed state.
        advice: Recommended action; None if none is needed.
    """

    check: str
    result: CheckResult
    found: str
    advice: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Convert to a dictionary for JSON."""
        return asdict(self)


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether no check failed."""
    return all(one.result is not CheckResult.FAILED for one in findings)


def findings_text(findings: Sequence[Finding]) -> str:
    """Format findings for a terminal: one line per check, followed by a line with the advice if there is one."""
    width = max(len(one.check) for one in findings)
    lines = []
    for one in findings:
        lines.append(f"{one.result.value:<8} {one.check:<{width}}  {one.found}")
        if one.advice is not None:
            lines.append(f"{'':<8} {'':<{width}}  -> {one.advice}")
    failed = sum(one.result is CheckResult.FAILED for one in findings)
    return "\n".join([*lines, "", f"{failed} of {len(findings)} checks failed" if failed else "nothing failed"])
