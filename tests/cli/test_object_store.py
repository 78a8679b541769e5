"""The command line with versions and prices in an object store."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from model.artefact.folder import Artefact
from model.artefact.manifest import MANIFEST
from model.artefact.object_registry import ObjectRegistry
from model.storage.files import Files
from tests.cli.nextclose import run, run_several
from tests.cli.workplace import PipelineRun
from tests.conftest import PricesFile


@pytest.fixture
def variables(s3_address: str) -> dict[str, str]:
    return {"NEXTCLOSE_MODELS": f"{s3_address}/models", "NEXTCLOSE_STORE": s3_address}


def _publish_newer_copy(artefact: Artefact, registry: ObjectRegistry) -> str:
    """Publish a copy under a name that sorts later. Returns the name."""
    name = f"2099{artefact.version[4:]}"

    def fill(folder: Path) -> None:
        shutil.copytree(artefact.folder, folder, dirs_exist_ok=True)
        (folder / MANIFEST).unlink()

    manifest = artefact.manifest.model_copy(update={"version": name})
    return registry.publish(fill, lambda _files: manifest).version


def test_version_is_published_promoted_rolled_back_and_pruned(
    stepped: PipelineRun, prices_file: PricesFile, s3_address: str, variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(stepped.place.data / "work", tmp_path / "data" / "work")
    before = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}

    def nextclose(*commands: Sequence[object]) -> list[str]:
        finished = run_several(tmp_path, *commands, process_variables=variables)
        return [done.check_success().out for done in finished]

    _, exported = nextclose(
        ("collect", "--csv", prices_file.path, "--symbol", prices_file.symbol), ("export", "--no-current")
    )
    registry = ObjectRegistry(variables["NEXTCLOSE_MODELS"], "nextclose")
    (first,) = registry.versions()
    assert f"{s3_address}/models/nextclose/{first}" in exported
    second = _publish_newer_copy(registry.open(first), registry)
    promoted_first, promoted_second, listed, serving, rolled_back, status, verified, pruned = nextclose(
        ("promote", first),
        ("promote", second),
        ("versions", "list"),
        ("status",),
        ("rollback",),
        ("status",),
        ("versions", "verify", second),
        ("versions", "prune", "--keep", "1"),
    )
    assert promoted_first == f"version {first} is served\n"
    assert promoted_second == f"version {second} is served\n"
    assert listed.splitlines() == [f"  {first}", f"* {second}"]
    assert f"serving   {second}" in serving
    assert rolled_back == f"version {first} is served\n"
    assert f"pointer   {s3_address}/models/nextclose/current" in status
    assert f"rollback done {first} by rollback replacing {second}" in status
    assert "files match the manifest" in verified
    assert pruned == f"removed {second}\n"
    assert registry.versions() == [first]

    symbol = prices_file.symbol
    assert set(Files(s3_address).find("prices")) == {f"{symbol}.parquet", f"{symbol}.quality.json"}
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*")} == before, (
        "nothing else is written to the local disk"
    )


def test_missing_bucket_is_named_by_every_command(prices_file: PricesFile, s3_address: str, tmp_path: Path) -> None:
    commands: list[Sequence[object]] = [
        ("collect", "--csv", prices_file.path, "--symbol", "PETR4.SA"),
        ("train",),
        ("versions", "list"),
        ("promote", "20260101T000000Z-1a2b3c4d"),
        ("status",),
        ("bootstrap",),
        ("refresh",),
        ("pause",),
    ]
    variables = {"NEXTCLOSE_MODELS": "s3://missing/models", "NEXTCLOSE_STORE": "s3://missing"}
    for command, done in zip(commands, run_several(tmp_path, *commands, process_variables=variables), strict=True):
        message = done.check_failure()
        expected = "s3://missing: no such bucket; make it, or check the address and AWS_ENDPOINT_URL"
        assert expected in message, command


def test_serve_requires_versions_on_a_local_disk(s3_address: str, tmp_path: Path) -> None:
    message = run(tmp_path, "serve", variables={"NEXTCLOSE_MODELS": s3_address}).check_failure(2)
    assert message.startswith("NEXTCLOSE_PREDICTOR_MODELS: expected a local folder")
