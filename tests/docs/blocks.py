"""Command blocks of a document, with the marks that stand before them as HTML comments.

    <!-- not run: REASON -->      not here; the reason is read by people
    <!-- on a cluster -->         by tests/e2e/test_quickstart.py, where NEXTCLOSE_E2E asks for it
    <!-- run first: COMMAND -->   what the block needs here and a reader has, e.g. prices where there is no internet
    <!-- serves -->               its last command serves: it goes on until the next block that serves, or the end

A block without a mark is run as it stands.
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
        place: `FILE:LINE`, for messages. text: the commands. not_run: why they are not; empty where they are.
        on_a_cluster: whether the tests on a cluster run it. first: a command before it. serves: see above.
    """

    place: str
    text: str
    not_run: str = ""
    on_a_cluster: bool = False
    first: str = ""
    serves: bool = False

    @property
    def here(self) -> bool:
        """Whether it is run without a cluster."""
        return not self.not_run and not self.on_a_cluster


def blocks_of(path: Path) -> list[Block]:
    """All command blocks of a Markdown file, in order.

    Raises:
        ValueError: a mark that asks for words has none.
    """
    text = path.read_text()
    return [_block(path, text, found) for found in _FENCE.finditer(text)]


def _block(path: Path, text: str, found: re.Match[str]) -> Block:
    line = text.count("\n", 0, found.start("text"))
    place = f"{path.relative_to(ROOT)}:{line}"
    marks = dict(_MARK.findall(found["marks"]))
    for name in ("not run", "run first"):
        if marks.get(name) == "":
            raise ValueError(f"{place}: `{name}` wants words after a colon")
    commands = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
    return Block(
        place,
        commands,
        not_run=marks.get("not run", ""),
        on_a_cluster="on a cluster" in marks,
        first=marks.get("run first", ""),
        serves="serves" in marks,
    )
