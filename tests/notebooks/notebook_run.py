"""Run the notebook in a kernel that is reachable only through a Unix socket."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.notebooks.notebook_source import NOTEBOOK

SECONDS = 120  # timeout of a cell


def executed(folder: Path, environment: Mapping[str, str] | None = None) -> Any:
    """Run the notebook. Returns it with its outputs, or raises the error of a cell.

    Args:
        folder: Working folder of the kernel.
        environment: Environment variables of the kernel; None passes those of this process.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.create_kernel_manager().transport = "ipc"
    return client.execute(**({} if environment is None else {"env": dict(environment)}))


if __name__ == "__main__":
    ran = executed(NOTEBOOK.parent)
    sys.stdout.write(f"{NOTEBOOK.name}: {len(ran.cells)} cells ran\n")
