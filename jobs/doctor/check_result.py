"""Result of one check of the doctor, with advice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """Status of a check."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong, but something is missing that only some users need
    SKIPPED = "skipped"  # the check was not possible, and it is not required
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check, with a description.

    Attributes:
        check: Name of the check.
        result: Status of the check.
        found: Description of the observed state.
        advice: Recommended action; None if none is needed.
    """

    check: str
    result: CheckStatus
    found: str
    advice: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Convert to a dictionary for JSON."""
        return asdict(self)


def healthy(results: Sequence[CheckResult]) -> bool:
    """Whether no check failed."""
    return all(one.result is not CheckStatus.FAILED for one in results)


def results_text(results: Sequence[CheckResult]) -> str:
    """Format results for a terminal: one line per check, followed by a line with the advice if there is one."""
    width = max(len(one.check) for one in results)
    lines = []
    for one in results:
        lines.append(f"{one.result.value:<8} {one.check:<{width}}  {one.found}")
        if one.advice is not None:
            lines.append(f"{'':<8} {'':<{width}}  -> {one.advice}")
    failed = sum(one.result is CheckStatus.FAILED for one in results)
    return "\n".join([*lines, "", f"{failed} of {len(results)} checks failed" if failed else "nothing failed"])
