"""Builds with the real kustomize, the program or the one in kubectl."""

import shutil
import subprocess
from pathlib import Path

import yaml

from tests.chart.rendering import Document
from tests.manifests.chart_objects import Key, key_of
from tests.programs import require_program


def build(folder: Path) -> dict[Key, Document]:
    """Build a kustomization; return its objects."""
    command = (
        [shutil.which("kustomize"), "build"] if shutil.which("kustomize") else [require_program("kubectl"), "kustomize"]
    )
    done = subprocess.run([*map(str, command), str(folder)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return {key_of(document): document for document in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)}
