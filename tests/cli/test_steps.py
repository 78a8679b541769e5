"""collect, train, evaluate, export and versions: printed output and written files."""

import json
import shutil
from pathlib import Path

import pytest

from jobs.pipeline.candidate import read_record
from model.artefact.folder import open_artefact
from model.contract.version import is_version
from tests.cli.nextclose import run, run_several
from tests.cli.workplace import PipelineRun, WorkFolder


@pytest.fixture
def copied(stepped: PipelineRun, tmp_path: Path) -> WorkFolder:
    """A copy of the workplace that a test may change."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return WorkFolder(tmp_path, stepped.place.symbol)


def test_collect_prints_a_quality_report(stepped: PipelineRun) -> None:
    place, out = stepped.place, stepped.collect.out
    series = place.series
    assert f"symbol     {place.symbol}, from csv" in out
    assert f"{series.first} to {series.last}" in out
    assert f"{len(series):,} of " in out
    assert f"calendar   {series.calendar}" in out
    quality = json.loads((place.data / "prices" / f"{place.symbol}.quality.json").read_text())
    assert quality["symbol"] == place.symbol
    assert stepped.collect.err.splitlines() == ["collecting prices"]


def test_train_creates_a_candidate_and_prints_its_losses(stepped: PipelineRun) -> None:
    record = read_record(stepped.place.candidate)
    assert [(part.symbol, part.source) for part in record.data] == [(stepped.place.symbol, "csv")]
    assert stepped.train.out.startswith(f"candidate {record.version}: best epoch {record.best_epoch}, validation loss ")
    assert stepped.train.err.splitlines() == ["training"]
    assert not [path.name for path in stepped.place.candidate.parent.iterdir() if path.name.startswith(".")]


def test_evaluate_prints_table_verdict_and_gate(stepped: PipelineRun) -> None:
    lines = stepped.evaluate.out.splitlines()
    header = lines[0].split()
    assert header[:6] == ["MAE", "RMSE", "MAPE", "sMAPE", "MASE", "CRPS"]
    rows = {line.split("  ")[0]: line for line in lines[1:] if "%" in line}
    assert {"model", "naive", "ewma", "garch-t", "rolling-60"} <= rows.keys()
    assert 0.98 < float(rows["model"].split("%")[2].split()[0]) < 1.02, "MASE of the model"
    assert any("tomorrow = today" in line for line in lines)
    assert any(line.startswith(("gate: Promoted", "gate: Refused")) for line in lines)
    page = stepped.place.folder / lines[-1].removeprefix("report: ")
    assert page.read_text().startswith("<!DOCTYPE html>") or page.read_text().startswith("<!doctype html>")


def test_export_publishes_a_version_and_makes_it_current(stepped: PipelineRun) -> None:
    registry = stepped.place.registry
    (version,) = registry.versions()
    assert registry.current() == version
    artefact = registry.open(version)
    assert f"version {version} ({artefact.manifest.state}): data/models/nextclose/{version}" in stepped.export.out
    assert artefact.manifest.symbols == (stepped.place.symbol,)
    assert {
        "scaler.joblib",
        "golden.json",
        "report/report.html",
        "report/metrics.json",
    } <= artefact.manifest.files.keys()
    assert sorted(path.name for path in stepped.place.data.iterdir()) == ["models", "prices", "work"]


def test_versions_are_listed_shown_and_verified(stepped: PipelineRun) -> None:
    version = stepped.place.registry.versions()[0]
    listed, shown, named, verified = run_several(
        stepped.place.folder,
        ("versions", "list"),
        ("versions", "show"),
        ("versions", "show", version),
        ("versions", "verify"),
    )
    assert f"* {version}" in listed.check_success().out.splitlines()
    manifest = json.loads(shown.check_success().out)
    assert json.loads(named.check_success().out)["version"] == version
    assert manifest["model"] == "nextclose"
    assert manifest["data"][0]["symbol"] == stepped.place.symbol
    assert manifest["data"][0]["source"] == "csv"
    digest = stepped.place.registry.open(version).digest
    assert f"{len(manifest['files'])} files match the manifest, digest {digest}" in verified.check_success().out


def test_repeated_export_creates_no_second_version(copied: WorkFolder) -> None:
    before = copied.registry.versions()
    run(copied.folder, "export").check_success()
    assert copied.registry.versions() == before


def test_use_makes_a_version_current_and_prune_keeps_it(copied: WorkFolder) -> None:
    (version,) = copied.registry.versions()
    names = [f"20200101T00000{second}Z-{version[-8:]}" for second in range(3)]
    for name in names:
        target = copied.registry.folder / name
        shutil.copytree(copied.registry.folder / version, target)
        manifest = target / "manifest.json"
        manifest.write_text(manifest.read_text().replace(version, name))
        assert open_artefact(target).version == name
    used, pruned, nothing, listed = run_several(
        copied.folder,
        ("versions", "use", names[0]),
        ("versions", "prune", "--keep", "2"),
        ("versions", "prune", "--keep", "2"),
        ("versions", "list"),
    )
    assert used.check_success().out == f"version {names[0]} is current\n"
    assert pruned.check_success().out.splitlines() == [f"removed {names[1]}", f"removed {names[2]}"]
    assert nothing.check_success().out == "nothing to remove\n"
    lines = listed.check_success().out.splitlines()
    assert lines == [f"* {names[0]}", f"  {version}"], "the current version is kept although it is the oldest"
    assert all(is_version(line[2:]) for line in lines)
    assert copied.registry.current() == names[0]
