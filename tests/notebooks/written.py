"""`make notebook` writes the notebook from its .py: the same text gives the same file, and no output is in it."""

from pathlib import Path
from typing import Any, Final

import jupytext
import nbformat

SOURCE: Final = Path(__file__).resolve().parents[2] / "notebooks" / "walkthrough.py"
NOTEBOOK: Final = SOURCE.with_suffix(".ipynb")


def notebook() -> Any:
    """The notebook that the .py says, with cells numbered instead of named by chance."""
    made = jupytext.read(SOURCE)
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
        # What jupytext remembers of the .py's own layout.
        cell["metadata"] = {}
    made.metadata["jupytext"] = {"formats": "ipynb,py:percent"}
    nbformat.validate(made)
    return made


def written() -> str:
    """The file."""
    content: str = nbformat.writes(notebook())
    return content + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(written())
