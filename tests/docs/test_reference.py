"""The reference pages are complete and match the code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import jsonschema
import pytest
import typer

from jobs.cli.app import app
from model.contract.status import errors_with_status
from tests.chart.declared_metrics import declared
from tests.cli.workplace import PipelineRun
from tests.docs.blocks import ROOT
from tools.reference.pages import FOLDER, reference_pages
from tools.reference.settings_page import PROCESSES
from tools.reference.site import EXTRA_FILES

WRITTEN: Final = reference_pages()


def test_reference_has_only_generated_files() -> None:
    assert {path.name for path in FOLDER.iterdir()} == WRITTEN.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_page_matches_the_code(name: str) -> None:
    assert (FOLDER / name).read_text() == WRITTEN[name], "run: make reference"


def test_pages_do_not_depend_on_the_environment(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "40", "NEXTCLOSE_PORT": "9999", "NEXTCLOSE_SYMBOLS": '["X"]'}
    script = "import json; from tools.reference.pages import reference_pages; print(json.dumps(reference_pages()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == WRITTEN


def test_every_command_has_a_section() -> None:
    commands = getattr(typer.main.get_command(app), "commands", {})
    found = set(re.findall(r"^## `nextclose (\w+)`$", WRITTEN["command-line.md"], re.MULTILINE))
    assert found == set(commands)


def test_every_settings_class_is_documented() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    classes = {
        name
        for path in listed.splitlines()
        if not path.startswith("tests/") and (ROOT / path).is_file()
        for name in re.findall(r"^class (\w+)\((?:Base|Server)Settings\)", (ROOT / path).read_text(), re.MULTILINE)
    }
    # The fields of `ServerSettings` are listed with each server.
    assert {kind.__name__ for _, _, kind in PROCESSES} == classes - {"ServerSettings"}
    text = WRITTEN["settings.md"]
    for _, _, kind in PROCESSES:
        for field in kind.model_fields.values():
            assert field.description, f"{kind.__name__}: a setting without a description"
    assert "`NEXTCLOSE_PREDICTOR_MODELS`, `NEXTCLOSE_MODELS`" in text
    assert "`ALPHAVANTAGE_API_KEY`" in text


def test_every_metric_is_documented() -> None:
    found = set(re.findall(r"^\| `(nextclose\w+)`", WRITTEN["metrics.md"], re.MULTILINE))
    ours = {re.sub(r"(_bucket|_sum|_count)$", "", name) for name in declared() if re.match(r"nextclose_", name)}
    assert found == ours


def test_every_error_is_documented_with_its_status() -> None:
    for kind, status in errors_with_status():
        assert f"| {int(status.http)} | {status.grpc} | `{kind.reason}` |" in WRITTEN["protocol.md"]


def test_schema_accepts_real_manifests_and_rejects_unknown_fields(stepped: PipelineRun) -> None:
    schema = json.loads(WRITTEN["manifest.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    registry = stepped.place.registry
    folder = stepped.place.data / "models" / "nextclose" / registry.versions()[0]
    manifest = json.loads((folder / "manifest.json").read_text())
    jsonschema.validate(manifest, schema)
    with pytest.raises(jsonschema.ValidationError, match="unexpected"):
        jsonschema.validate({**manifest, "unexpected": 1}, schema)


def test_published_files_outside_docs_exist() -> None:
    assert [path for path in EXTRA_FILES if not (ROOT / path).is_file()] == []
