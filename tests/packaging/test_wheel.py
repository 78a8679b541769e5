"""Contents and metadata of the wheel."""

import configparser
import zipfile
from email.parser import Parser
from pathlib import Path

from model import __version__
from tests.packaging.conftest import ROOT

PACKAGES = ("model", "transformer", "jobs", "loadtest", "dashboard")


def test_wheel_has_all_packages_templates_and_catalogues(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in files} == set(PACKAGES)
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for pattern in ("*.py", "*.j2", "*.po")
        for path in (ROOT / package).rglob(pattern)
    }
    assert {"model/evaluation/report.html.j2", "dashboard/locale/en.po"} <= sources
    assert sources <= files
    assert not [name for name in files if name.endswith((".pyc", ".csv", ".parquet", ".joblib"))]


def test_wheel_has_name_version_script_and_extras(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(f"{folder}/entry_points.txt").decode())
    assert (metadata["Name"], metadata["Version"]) == ("nextclose", __version__)
    assert scripts["console_scripts"]["nextclose"] == "jobs.cli.start:main"
    extras = metadata.get_all("Provides-Extra")
    assert {"predictor", "transformer", "train", "dashboard", "loadtest", "dev"} <= set(extras or ())
