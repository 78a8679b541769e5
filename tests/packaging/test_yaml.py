"""Lint of all YAML files except Helm templates."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# Helm templates are not YAML until they are rendered.
TEMPLATES: Final = ("charts/nextclose/templates/", "charts/nextclose/prometheus_rules/")
FOLDERS: Final = ("charts", "manifests", "tests", ".github")


def test_yamllint_finds_no_error() -> None:
    files = [*ROOT.glob("*.yaml"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))]
    linted = [str(path) for path in files if not path.relative_to(ROOT).as_posix().startswith(TEMPLATES)]
    assert len(linted) > 30
    command = [
        sys.executable,
        "-m",
        "yamllint",
        "--strict",
        "--format=parsable",
        f"--config-file={ROOT / '.yamllint.yaml'}",
    ]
    done = subprocess.run([*command, *linted], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
