"""Generation of the notebook from its .py file for `make notebook`: deterministic, without outputs."""

from pathlib import Path
from typing import Any, Final

import jupytext
import nbformat

SOURCE: Final = Path(__file__).resolve().parents[2] / "notebooks" / "walkthrough.py"
NOTEBOOK: Final = SOURCE.with_suffix(".ipynb")


def notebook() -> Any:
    """Convert the .py file to a notebook. Cells get numbers instead of random ids."""
    converted = jupytext.read(SOURCE)
    for number, cell in enumerate(converted.cells):
        cell["id"] = f"cell-{number}"
        # Removes the layout of the .py file that jupytext stores.
        cell["metadata"] = {}
    converted.metadata["jupytext"] = {"formats": "ipynb,py:percent"}
    nbformat.validate(converted)
    return converted


def written() -> str:
    """The content of the notebook file."""
    content: str = nbformat.writes(notebook())
    return content + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(written())
