"""What `make release` writes: everything that a release consists of, of one version."""

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
    """As the Makefile finds it."""
    own = ROOT / ".tools" / "bin" / "uv"
    return str(own) if own.exists() else str(require_program("uv"))


def release(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(root / ".ci" / "release"), str(folder), str(Path(sys.executable).parent), uv()]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=120)


def test_the_chart_has_the_version_of_the_package() -> None:
    chart = yaml.safe_load((ROOT / "charts" / "nextclose" / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__), "`make golden` writes it"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The sources without what is installed beside them."""
    require_program("helm")
    folder = tmp_path / "sources"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def test_everything_is_there(copied: Path, tmp_path: Path) -> None:
    made = tmp_path / "dist"
    done = release(copied, made)
    assert done.returncode == 0, done.stdout + done.stderr
    names = {path.name for path in made.iterdir()}
    assert names == {
        f"nextclose-{__version__}-py3-none-any.whl", f"nextclose-{__version__}.tgz", "images.txt", "notes.md",
        "SHA256SUMS", *(f"sbom-{role}.cdx.json" for role in ("predictor", "transformer", "jobs", "dashboard")),
    }  # fmt: skip
    assert (made / "images.txt").read_text().splitlines() == [
        f"docker.io/nextclose/{role}:{__version__}" for role in ("predictor", "transformer", "jobs", "dashboard")
    ]
    sums = dict(line.split("  ")[::-1] for line in (made / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == names - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == digest


def test_bills_of_material_are_those_of_the_locks(copied: Path, tmp_path: Path) -> None:
    made = tmp_path / "dist"
    assert release(copied, made).returncode == 0
    held = {}
    for role in ("predictor", "transformer", "jobs", "dashboard"):
        document = json.loads((made / f"sbom-{role}.cdx.json").read_text())
        assert document["bomFormat"] == "CycloneDX"
        held[role] = {component["name"] for component in document["components"]}
    assert "tensorflow-cpu" in held["predictor"]
    assert "tensorflow-cpu" not in held["transformer"]
    assert "streamlit" in held["dashboard"]
    assert not held["dashboard"] & {"tensorflow-cpu", "kserve", "onnxruntime"}
    assert {"kubernetes", "locust", "yfinance"} <= held["jobs"]


def test_wheel_and_notes(copied: Path, tmp_path: Path) -> None:
    made = tmp_path / "dist"
    assert release(copied, made).returncode == 0
    with zipfile.ZipFile(next(made.glob("*.whl"))) as wheel:
        assert "model/contract/names.py" in wheel.namelist()
        assert not any(name.startswith(("tests/", "benchmarks/")) for name in wheel.namelist())
    notes = (made / "notes.md").read_text()
    assert notes.startswith(f"# nextclose {__version__}\n")
    assert "### Added" in notes
    assert "## [" not in notes


def test_versions_that_differ_are_no_release(copied: Path, tmp_path: Path) -> None:
    path = copied / "charts" / "nextclose" / "Chart.yaml"
    chart = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**chart, "appVersion": "9.9.9"}))
    done = release(copied, tmp_path / "dist")
    assert done.returncode == 1
    assert f"got {__version__} in model/__init__.py, {__version__} and appVersion 9.9.9 in the chart" in done.stderr
    assert not (tmp_path / "dist").exists()
