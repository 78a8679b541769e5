"""`nextclose report`: where the page of a version lies, the browser, and two versions side by side."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model.prices.store import PriceStore
from tests.cli.nextclose import run, run_several
from tests.cli.workplace import Stepped, TwoVersions


def test_the_path_is_printed(stepped: Stepped) -> None:
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
    assert current.fine().out == named.fine().out == f"{page}\n"
    assert page.is_file()
    # A browser goes to the symbol's place in the page.
    assert pointed.fine().out.startswith(f"{page.as_uri()}#symbol-")
    assert f'id="symbol-{place.symbol}"' in page.read_text()
    line = other.failed(3)
    assert "'NONE3.SA'" in line
    assert f"{version} was measured on {place.symbol}" in line


def test_a_version_that_is_not_there(stepped: Stepped, tmp_path: Path) -> None:
    none = run(tmp_path, "report").failed(5)
    assert "no version is current yet" in none
    unknown, useless = run_several(
        stepped.place.folder, ("report", "20200101T000000Z-00000000"), ("report", "--out", "x.html")
    )
    assert "no version '20200101T000000Z-00000000'" in unknown.failed(5)
    assert "--out is for a comparison" in useless.failed(2)


def test_it_is_opened_in_the_browser_that_is_named(stepped: Stepped, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/opened\n')
    browser.chmod(0o755)
    place = stepped.place
    done = run(place.folder, "report", "--open", "-s", place.symbol, variables={"BROWSER": f"{browser} %s"}).fine()
    assert (tmp_path / "opened").read_text() == done.out


def test_no_browser_is_an_error_that_names_the_page(stepped: Stepped, tmp_path: Path) -> None:
    variables = {"BROWSER": str(tmp_path / "none"), "PATH": str(tmp_path), "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    done = run(stepped.place.folder, "report", "--open", "--json", variables=variables)
    line = done.failed(1)
    assert line.startswith("no browser could be started here")
    assert "report/report.html" in line
    assert json.loads(done.out)["error"]["reason"] == "browser"


def test_two_versions_are_compared(two_versions: TwoVersions) -> None:
    two = two_versions
    decision, page = two.compare.out.splitlines()
    assert decision.startswith(("Promoted: ", "Refused on 250 sessions from "))
    assert Path(page) == two.place.data / "work/reports" / f"{two.newer}-against-{two.older}.html"
    text = Path(page).read_text()
    assert two.newer in text
    assert two.older in text
    assert len(text) < 2_000_000


def test_a_comparison_as_json_and_elsewhere(two_versions: TwoVersions, tmp_path: Path) -> None:
    two, out = two_versions, tmp_path / "deep" / "page.html"
    done = run(two.place.folder, "report", two.newer, "--against", two.older, "--out", out, "--json").fine()
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
def spoiled(two_versions: TwoVersions, tmp_path: Path) -> TwoVersions:
    """The same in a folder of the test's own."""
    shutil.copytree(two_versions.place.data, tmp_path / "data")
    return two_versions


def test_versions_that_cannot_be_compared_say_why(spoiled: TwoVersions, tmp_path: Path) -> None:
    two = spoiled
    arguments = ("report", two.newer, "--against", two.older)
    store = PriceStore(str(tmp_path / "data"))
    series, quality = store.read(two.place.symbol), store.read_quality(two.place.symbol)
    corrected = series.adjusted.copy()
    corrected[5] *= 1.01
    store.write(replace(series, adjusted=corrected), quality)
    other_data = run(tmp_path, *arguments).failed(4)
    assert f"{two.newer} and {two.older} cannot be compared: other data: the stored closes of" in other_data
    assert "were corrected or adjusted for a split since" in other_data
    (tmp_path / "data/prices" / f"{two.place.symbol}.parquet").unlink()
    assert "cannot be compared: other data: symbol" in run(tmp_path, *arguments).failed(4)
    manifest = tmp_path / "data/models/nextclose" / two.older / "manifest.json"
    content = json.loads(manifest.read_text())
    content["data"][0]["symbol"] = "VALE3.SA"
    manifest.write_text(json.dumps(content))
    other_symbol, same = run_several(tmp_path, arguments, ("report", two.newer, "--against", two.newer))
    assert f"other symbols: {two.place.symbol} there, VALE3.SA here" in other_symbol.failed(4)
    assert "cannot be compared with itself" in same.failed(4)
