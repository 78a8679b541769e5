"""Command blocks of a document, with marks in HTML comments directly before them.

    <!-- not run: REASON -->      not run by the tests, for this reason
    <!-- on a cluster -->         run only by tests/e2e/test_quickstart.py if NEXTCLOSE_E2E is set
    <!-- run first: COMMAND -->   preparation that a reader does not need, e.g. prices for a machine without internet
    <!-- serves -->               its last command serves until the next block that serves, or until the end

A block without a mark is run unchanged.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(
    r"(?P<marks>(?:^[ ]*<!--[^\n]*-->\n)*)^(?P<indent>[ ]*)```(?:sh|bash|shell|console)\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_MARK: Final = re.compile(r"<!-- (not run|on a cluster|run first|serves)(?:: (.+?))? -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands.

    Attributes:
        place: `FILE:LINE`, for messages.
        text: The commands.
        not_run: Reason why the block is not run; empty if it is.
        on_a_cluster: Whether only the tests on a cluster run the block.
        first: Command to run before the block; empty for none.
        serves: Whether the last command serves.
    """

    place: str
    text: str
    not_run: str = ""
    on_a_cluster: bool = False
    first: str = ""
    serves: bool = False

    @property
    def here(self) -> bool:
        """Whether the block is run without a cluster."""
        return not self.not_run and not self.on_a_cluster


def blocks_of(path: Path) -> list[Block]:
    """Read the command blocks of a Markdown file, in order.

    Raises:
        ValueError: A mark lacks its text.
    """
    text = path.read_text()
    return [_block(path, text, found) for found in _FENCE.finditer(text)]


def _block(path: Path, text: str, found: re.Match[str]) -> Block:
    line = text.count("\n", 0, found.start("text"))
    place = f"{path.relative_to(ROOT)}:{line}"
    marks = dict(_MARK.findall(found["marks"]))
    for name in ("not run", "run first"):
        if marks.get(name) == "":
            raise ValueError(f"{place}: `{name}`: expected a text after a colon, got none")
    commands = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
    return Block(
        place,
        commands,
        not_run=marks.get("not run", ""),
        on_a_cluster="on a cluster" in marks,
        first=marks.get("run first", ""),
        serves="serves" in marks,
    )
