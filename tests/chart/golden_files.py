"""Render the chart into golden/: `make golden`. Reviewers read the changes of these files."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Final

import yaml

from tests.chart.cases import FILES, helm_arguments
from tests.chart.rendering import Document, render

FOLDER: Final = Path(__file__).parent / "golden"


def golden_text(case: str) -> str:
    """Return the rendered objects in a form that does not depend on the version of helm."""
    objects = [_shortened(document) for document in render(*helm_arguments(case))]
    text: str = yaml.safe_dump_all(objects, sort_keys=True, width=120)
    return text


def _shortened(document: Document) -> Document:
    """Replace a dashboard by its digest: another test compares its content with the source code."""
    if document["kind"] != "ConfigMap" or "-dashboard-" not in document["metadata"]["name"]:
        return document
    digests = {
        name: "sha256 of its JSON: "
        + hashlib.sha256(json.dumps(json.loads(content), sort_keys=True).encode()).hexdigest()
        for name, content in document["data"].items()
    }
    return {**document, "data": digests}


def golden_file(case: str) -> Path:
    """Return the path of the golden file of a case."""
    return FOLDER / f"{case}.yaml"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for existing in FOLDER.glob("*.yaml"):
        existing.unlink()
    for case in FILES:
        golden_file(case).write_text(golden_text(case))
        sys.stdout.write(f"{golden_file(case)}\n")
