"""`make release` writes all files of a release, with the same version."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from model import __version__
from tests.programs import require_program

ROOT = Path(__file__).parents[2]


def uv() -> str:
    """Return the path of uv as the Makefile finds it."""
    local = ROOT / ".tools" / "bin" / "uv"
    return str(local) if local.exists() else str(require_program("uv"))


def release(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(root / ".ci" / "release"), str(folder), str(Path(sys.executable).parent), uv()]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=120)


def test_chart_has_the_version_of_the_package() -> None:
    chart = yaml.safe_load((ROOT / "charts" / "nextclose" / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__), "run `make golden`"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source files, without installed tools and tests. Tests that change it copy it first."""
    require_program("helm")
    folder = tmp_path_factory.mktemp("release") / "sources"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def dist(sources: Path) -> Path:
    """The files of a release."""
    folder = sources.with_name("dist")
    done = release(sources, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_release_has_all_files_with_checksums(dist: Path) -> None:
    names = {path.name for path in dist.iterdir()}
    assert names == {
        f"nextclose-{__version__}-py3-none-any.whl", f"nextclose-{__version__}.tgz", "images.txt", "notes.md",
        "SHA256SUMS", *(f"sbom-{role}.cdx.json" for role in ("predictor", "transformer", "jobs", "dashboard")),
    }  # fmt: skip
    assert (dist / "images.txt").read_text().splitlines() == [
        f"docker.io/nextclose/{role}:{__version__}" for role in ("predictor", "transformer", "jobs", "dashboard")
    ]
    sums = dict(line.split("  ")[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == names - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest


def test_sboms_list_the_locked_requirements(dist: Path) -> None:
    packages = {}
    for role in ("predictor", "transformer", "jobs", "dashboard"):
        document = json.loads((dist / f"sbom-{role}.cdx.json").read_text())
        assert document["bomFormat"] == "CycloneDX"
        packages[role] = {component["name"] for component in document["components"]}
    assert "tensorflow-cpu" in packages["predictor"]
    assert "tensorflow-cpu" not in packages["transformer"]
    assert "streamlit" in packages["dashboard"]
    assert not packages["dashboard"] & {"tensorflow-cpu", "kserve", "onnxruntime"}
    assert {"kubernetes", "locust", "yfinance"} <= packages["jobs"]


def test_release_has_wheel_and_notes(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        assert "model/contract/names.py" in wheel.namelist()
        assert not any(name.startswith(("tests/", "benchmarks/")) for name in wheel.namelist())
    notes = (dist / "notes.md").read_text()
    assert notes.startswith(f"# nextclose {__version__}\n")
    assert "### Added" in notes
    assert "## [" not in notes


def test_different_versions_stop_the_release(sources: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(sources, tmp_path / "sources")
    path = changed / "charts" / "nextclose" / "Chart.yaml"
    chart = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**chart, "appVersion": "9.9.9"}))
    done = release(changed, tmp_path / "dist")
    assert done.returncode == 1
    assert f"got {__version__} in model/__init__.py, {__version__} and appVersion 9.9.9 in the chart" in done.stderr
    assert not (tmp_path / "dist").exists()
