"""Writes what the chart renders into golden/: `make golden`. A change of these files is what a reviewer reads."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Final

import yaml

from tests.chart.cases import FILES, arguments
from tests.chart.rendering import Document, render

FOLDER: Final = Path(__file__).parent / "golden"


def golden_text(case: str) -> str:
    """The objects of a render in a form that does not depend on helm's version."""
    objects = [_shortened(document) for document in render(*arguments(case))]
    text: str = yaml.safe_dump_all(objects, sort_keys=True, width=120)
    return text


def _shortened(document: Document) -> Document:
    """Of a dashboard its digest: what it holds is compared with the code that makes it."""
    if document["kind"] != "ConfigMap" or "-dashboard-" not in document["metadata"]["name"]:
        return document
    digests = {
        name: "sha256 of its JSON: "
        + hashlib.sha256(json.dumps(json.loads(content), sort_keys=True).encode()).hexdigest()
        for name, content in document["data"].items()
    }
    return {**document, "data": digests}


def golden_file(case: str) -> Path:
    """Where the render of a case is kept."""
    return FOLDER / f"{case}.yaml"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for former in FOLDER.glob("*.yaml"):
        former.unlink()
    for case in FILES:
        golden_file(case).write_text(golden_text(case))
        sys.stdout.write(f"{golden_file(case)}\n")
