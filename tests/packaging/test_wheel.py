"""What the wheel holds."""

import configparser
import zipfile
from email.parser import Parser
from pathlib import Path

from model import __version__
from tests.packaging.conftest import ROOT

PACKAGES = ("model", "transformer", "jobs", "loadtest", "dashboard")


def test_the_wheel_holds_the_packages_and_their_templates(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in held} == set(PACKAGES)
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for pattern in ("*.py", "*.j2")
        for path in (ROOT / package).rglob(pattern)
    }
    assert "model/evaluation/report.html.j2" in here
    assert here <= held
    assert not [name for name in held if name.endswith((".pyc", ".csv", ".parquet", ".joblib"))]


def test_the_wheel_describes_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        described = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(f"{folder}/entry_points.txt").decode())
    assert (described["Name"], described["Version"]) == ("nextclose", __version__)
    assert scripts["console_scripts"]["nextclose"] == "jobs.cli.start:main"
    extras = described.get_all("Provides-Extra")
    assert {"predictor", "transformer", "train", "dashboard", "loadtest", "dev"} <= set(extras or ())
