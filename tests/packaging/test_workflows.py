"""GitHub workflows call only existing targets and scripts. They are not run here."""

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
_TARGET: Final = re.compile(r"^([a-z][a-z0-9-]*):(?!=)", re.MULTILINE)
_MAKE: Final = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
_SCRIPT: Final = re.compile(r"(?<![\w/])(\.(?:ci|github)/[\w./-]+)")


def steps_of(path: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(path.read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_existing_targets_and_scripts(path: Path) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    commands = "\n".join(step["run"] for step in steps_of(path) if "run" in step)
    called = [*_MAKE.findall(commands), *_SCRIPT.findall(commands)]
    assert called
    for name in called:
        if name.startswith("."):
            assert os.access(ROOT / name, os.X_OK), name
        else:
            assert name in targets, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_helm_version_is_pinned(path: Path) -> None:
    for step in steps_of(path):
        if step.get("uses", "").startswith("azure/setup-helm"):
            assert re.fullmatch(r"v4\.\d+\.\d+", step["with"]["version"])


def test_release_runs_after_the_tests() -> None:
    commands = [step.get("run", "") for step in steps_of(ROOT / ".github" / "workflows" / "release.yaml")]
    assert commands.index(".ci/run") < commands.index("make release")
