"""`nextclose report`: path of a report, opening it in a browser, comparison of two versions."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.prices.store import PriceStore
from tests.cli.nextclose import run, run_several
from tests.cli.workplace import PipelineRun, TwoVersions
from tests.scaled_series import scaled


def test_report_prints_the_path(stepped: PipelineRun) -> None:
    place = stepped.place
    (version,) = place.registry.versions()
    page = place.registry.folder.absolute() / version / "report" / "report.html"
    current, named, pointed, other = run_several(
        place.folder,
        ("report",),
        ("report", version),
        ("report", "--symbol", place.symbol),
        ("report", "--symbol", "NONE3.SA"),
    )
    assert current.check_success().out == named.check_success().out == f"{page}\n"
    assert page.is_file()
    # The anchor makes a browser scroll to the symbol.
    assert pointed.check_success().out.startswith(f"{page.as_uri()}#symbol-")
    assert f'id="symbol-{place.symbol}"' in page.read_text()
    line = other.check_failure(3)
    assert "'NONE3.SA'" in line
    assert f"{version} was measured on {place.symbol}" in line


def test_unknown_version_and_out_without_against_are_refused(stepped: PipelineRun, tmp_path: Path) -> None:
    none = run(tmp_path, "report").check_failure(5)
    assert "no version is current yet" in none
    unknown, useless = run_several(
        stepped.place.folder, ("report", "20200101T000000Z-00000000"), ("report", "--out", "x.html")
    )
    assert "no version '20200101T000000Z-00000000'" in unknown.check_failure(5)
    assert "--out: expected together with --against VERSION" in useless.check_failure(2)


def test_open_starts_the_browser_named_by_the_environment(stepped: PipelineRun, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/opened\n')
    browser.chmod(0o755)
    place = stepped.place
    done = run(
        place.folder, "report", "--open", "-s", place.symbol, variables={"BROWSER": f"{browser} %s"}
    ).check_success()
    assert (tmp_path / "opened").read_text() == done.out


def test_missing_browser_is_an_error_that_names_the_page(stepped: PipelineRun, tmp_path: Path) -> None:
    variables = {"BROWSER": str(tmp_path / "none"), "PATH": str(tmp_path), "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    done = run(stepped.place.folder, "report", "--open", "--json", variables=variables)
    line = done.check_failure(1)
    assert line.startswith("no browser could be started")
    assert "report/report.html" in line
    assert json.loads(done.out)["error"]["reason"] == "browser"


def test_against_compares_two_versions(two_versions: TwoVersions) -> None:
    two = two_versions
    decision, page = two.compare.out.splitlines()
    assert decision.startswith(("Passed: ", "Refused on 250 sessions from "))
    assert Path(page) == two.place.data / "work/reports" / f"{two.newer}-against-{two.older}.html"
    text = Path(page).read_text()
    assert two.newer in text
    assert two.older in text
    assert len(text) < 2_000_000


def test_comparison_is_written_as_json_and_to_a_given_file(two_versions: TwoVersions, tmp_path: Path) -> None:
    two, out = two_versions, tmp_path / "deep" / "page.html"
    done = run(two.place.folder, "report", two.newer, "--against", two.older, "--out", out, "--json").check_success()
    found = json.loads(done.out)
    assert found["report"] == str(out)
    assert out.read_text().startswith("<!doctype html>")
    assert (found["challenger"], found["champion"]) == (two.newer, two.older)
    assert found["decision"]["kind"] == "refresh"
    assert {"refresh_bound", "mase", "coverage_90"} <= {check["name"] for check in found["decision"]["checks"]}
    assert (
        len(found["series"]["date"]) == len(found["series"]["challenger"]) == found["tests"]["crps"]["sessions"] == 250
    )
    assert done.err.startswith("comparing ")


@pytest.fixture
def copied(two_versions: TwoVersions, tmp_path: Path) -> TwoVersions:
    """Copy the two versions to a folder that the test may change."""
    shutil.copytree(two_versions.place.data, tmp_path / "data")
    return two_versions


def test_incomparable_versions_are_refused_with_the_reason(copied: TwoVersions, tmp_path: Path) -> None:
    two = copied
    arguments = ("report", two.newer, "--against", two.older)
    store = PriceStore(str(tmp_path / "data"))
    series, quality = store.read(two.place.symbol), store.read_quality(two.place.symbol)
    correction = np.ones(len(series))
    correction[5] = 1.01
    store.write(scaled(series, correction), quality)
    other_data = run(tmp_path, *arguments).check_failure(4)
    assert f"{two.newer} and {two.older} cannot be compared: different data: the stored prices of" in other_data
    assert "corrected or adjusted for a split" in other_data
    (tmp_path / "data/prices" / f"{two.place.symbol}.parquet").unlink()
    assert "cannot be compared: different data: symbol" in run(tmp_path, *arguments).check_failure(4)
    manifest = tmp_path / "data/models/nextclose" / two.older / "manifest.json"
    content = json.loads(manifest.read_text())
    content["data"][0]["symbol"] = "VALE3.SA"
    manifest.write_text(json.dumps(content))
    other_symbol, same = run_several(tmp_path, arguments, ("report", two.newer, "--against", two.newer))
    assert f"symbols: expected the same, got {two.place.symbol} and VALE3.SA" in other_symbol.check_failure(4)
    assert "cannot be compared with itself" in same.check_failure(4)
