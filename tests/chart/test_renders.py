"""Comparison of the rendered chart with the golden files, and validation with the schemas of all kinds."""

import subprocess
from pathlib import Path

import pytest

from tests.chart.cases import FILES, helm_arguments
from tests.chart.golden_files import golden_file, golden_text
from tests.chart.rendering import CHART, KUBERNETES, helm_template
from tests.chart.schema_validation import nonconformities
from tests.programs import require_program


@pytest.mark.parametrize("case", FILES)
def test_render_matches_the_golden_file(case: str) -> None:
    require_program("helm")
    assert golden_text(case) == golden_file(case).read_text(), "if the change is intended, run `make golden`"


@pytest.mark.parametrize("case", FILES)
def test_objects_are_valid_for_their_schemas(case: str, tmp_path: Path) -> None:
    rendered = tmp_path / "rendered.yaml"
    rendered.write_text(helm_template(*helm_arguments(case)).stdout)
    assert nonconformities(rendered) == ""


@pytest.mark.parametrize("case", FILES)
def test_helm_lint_finds_no_error(case: str) -> None:
    helm = str(require_program("helm"))
    command = [helm, "lint", str(CHART), "--strict", f"--kube-version={KUBERNETES}", *helm_arguments(case)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
