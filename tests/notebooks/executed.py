"""Runs the notebook as its readers do: in a kernel of its own, over a socket of this machine alone."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.notebooks.written import NOTEBOOK

SECONDS = 120  # of one cell


def executed(folder: Path, environment: Mapping[str, str] | None = None) -> Any:
    """The notebook with its outputs; raises where a cell does.

    Args:
        folder: the kernel's working folder.
        environment: its variables; None gives it this process's own.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.create_kernel_manager().transport = "ipc"
    return client.execute(**({} if environment is None else {"env": dict(environment)}))


if __name__ == "__main__":
    ran = executed(NOTEBOOK.parent)
    sys.stdout.write(f"{NOTEBOOK.name}: {len(ran.cells)} cells ran\n")
