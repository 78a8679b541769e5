"""The chart's README is what helm-docs makes of values.yaml and README.md.gotmpl."""

import shutil
import subprocess
from pathlib import Path

from tests.chart.rendering import CHART
from tests.programs import require_program


def test_it_is_generated(tmp_path: Path) -> None:
    helm_docs = str(require_program("helm-docs"))
    copy = tmp_path / "nextclose"
    copy.mkdir()
    for name in ("Chart.yaml", "values.yaml", "README.md.gotmpl"):
        shutil.copyfile(CHART / name, copy / name)
    subprocess.run([helm_docs, "--chart-search-root", str(copy)], check=True, capture_output=True, timeout=60)
    assert (copy / "README.md").read_text() == (CHART / "README.md").read_text(), "if that is meant: make golden"
