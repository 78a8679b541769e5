"""Renders against the golden files, and against the schemas of the cluster's kinds."""

import subprocess
from pathlib import Path

import pytest

from tests.chart.cases import FILES, arguments
from tests.chart.conformity import nonconformities
from tests.chart.golden_files import golden_file, golden_text
from tests.chart.rendering import CHART, KUBERNETES, helm_template
from tests.programs import require_program


@pytest.mark.parametrize("case", FILES)
def test_render_is_the_golden_one(case: str) -> None:
    require_program("helm")
    assert golden_text(case) == golden_file(case).read_text(), "if that is meant: make golden"


@pytest.mark.parametrize("case", FILES)
def test_objects_fit_the_kinds_of_kubernetes_kserve_and_the_operator(case: str, tmp_path: Path) -> None:
    rendered = tmp_path / "rendered.yaml"
    rendered.write_text(helm_template(*arguments(case)).stdout)
    assert nonconformities(rendered) == ""


@pytest.mark.parametrize("case", FILES)
def test_lint_finds_nothing(case: str) -> None:
    helm = str(require_program("helm"))
    command = [helm, "lint", str(CHART), "--strict", f"--kube-version={KUBERNETES}", *arguments(case)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
