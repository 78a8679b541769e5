"""The notebook: generated from its .py file, without outputs, runs without network, supports its claims."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.cli.nextclose import environment
from tests.conftest import PricesFile
from tests.notebooks.notebook_source import NOTEBOOK, SOURCE, written

_RUN = """
import sys
from pathlib import Path
import nbformat
from tests.notebooks.notebook_run import executed
nbformat.write(executed(Path.cwd()), sys.argv[1])
"""


def test_notebook_is_generated_from_the_py_file() -> None:
    assert NOTEBOOK.read_text() == written(), f"{SOURCE.name} was changed; run: make notebook"


def test_notebook_has_no_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def _outputs(folder: Path, **variables: object) -> list[str]:
    """Run the notebook in a separate process, because of the client's event loop and warnings. Returns the outputs."""
    path = folder / "executed.ipynb"
    root = SOURCE.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path)],
        cwd=folder,
        env=environment({"PYTHONPATH": root, "HOME": folder, "MPLBACKEND": "agg", **variables}),
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            data = output.get("data", {})
            found.append(data.get("text/markdown") or data.get("text/plain") or output.get("text", ""))
    return found


def _measured(outputs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = ast.literal_eval(outputs[-1])
    assert json.dumps(found)
    return found


def _check(found: dict[str, Any]) -> None:
    levels = {name: value for name, value in found["mase"].items() if name.startswith("levels")}
    assert len(levels) == 2
    assert levels["levels, MinMax of the training part"] > 1.1, "levels are worse than the last close"
    assert found["p_levels"] < 0.001
    assert found["mase"]["this model"] == pytest.approx(1, abs=0.02)
    assert found["skill_naive"] > 0
    assert found["spread"]["this model"] < found["spread"]["naive"]
    assert 0.4 < found["coverage"]["50"] < found["coverage"]["80"] < found["coverage"]["90"] < 1


def test_notebook_runs_on_the_packaged_index(tmp_path: Path) -> None:
    outputs = _outputs(tmp_path)
    found = _measured(outputs)
    assert found["symbol"] == "^GSPC"
    assert found["sessions"] == 250
    _check(found)
    text = "\n".join(outputs)
    assert '"tomorrow = today"' in text, "the verdict in words"
    assert f"**{found['mase']['levels, MinMax of the training part']:.2f}**" in text


def test_notebook_runs_on_a_given_file(prices_file: PricesFile, tmp_path: Path) -> None:
    variables = {"NEXTCLOSE_NOTEBOOK_CSV": prices_file.path, "NEXTCLOSE_NOTEBOOK_SYMBOL": prices_file.symbol}
    found = _measured(_outputs(tmp_path, **variables))
    assert found["symbol"] == prices_file.symbol
    assert found["mase"]["levels, MinMax of the training part"] > 1.1
