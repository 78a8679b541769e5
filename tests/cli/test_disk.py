"""Nowhere to write: a file where a folder belongs, and a disk that is full."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.nextclose import COMMAND, Finished, run
from tests.cli.workplace import Stepped
from tests.conftest import PricesFile

_SMALL = "96k"


@pytest.fixture
def workplace(stepped: Stepped, tmp_path: Path) -> Path:
    """A workplace that a test may spoil."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with less space than a candidate or a version needs; an ordinary one where nothing can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = _call("mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "none", str(disk))
    try:
        yield disk
    finally:
        if mounted:
            assert _call("umount", str(disk))


def _call(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _crammed(folder: Path, disk: Path, *arguments: object, variables: dict[str, object]) -> Finished:
    """Runs a command on the small disk; where it is none, with a limit on the size of files, which says EFBIG."""
    if disk.is_mount():
        return run(folder, *arguments, variables=variables)
    limited = ("sh", "-c", 'ulimit -f 16; exec "$@"', "sh", *COMMAND)
    return run(folder, *arguments, variables=variables, command=limited)


def _is_about_space(line: str) -> bool:
    return "No space left on device" in line or "File too large" in line


def test_a_file_where_a_folder_belongs(workplace: Path, prices_file: PricesFile) -> None:
    symbol = prices_file.symbol
    (workplace / "file").write_text("")
    work: dict[str, object] = {"NEXTCLOSE_WORK": "file"}
    assert run(workplace, "train", "-s", symbol, variables=work).failed() == "file: File exists"
    assert "file/nextclose" in run(workplace, "evaluate", variables=work).failed()
    shutil.rmtree(workplace / "data/prices")
    (workplace / "data/prices").write_text("")
    line = run(workplace, "collect", "-s", symbol, "--csv", prices_file.path).failed()
    assert line == f"prices of {symbol}: cannot be written: File exists"


def test_training_into_a_full_disk(workplace: Path, small_disk: Path, prices_file: PricesFile) -> None:
    train = ("train", "-s", prices_file.symbol)
    line = _crammed(workplace, small_disk, *train, variables={"NEXTCLOSE_WORK": small_disk / "work"}).failed()
    assert _is_about_space(line)
    assert list((small_disk / "work").iterdir()) == [], "nothing half-written stays"


def test_exporting_into_a_full_disk(workplace: Path, small_disk: Path) -> None:
    line = _crammed(workplace, small_disk, "export", variables={"NEXTCLOSE_MODELS": small_disk / "models"}).failed()
    assert _is_about_space(line)
    assert list((small_disk / "models" / "nextclose").iterdir()) == []


def test_collecting_into_a_full_disk(small_disk: Path, tmp_path: Path, prices_file: PricesFile) -> None:
    if small_disk.is_mount():
        (small_disk / "fill").write_bytes(bytes(80 * 1024))
    collect = ("collect", "-s", prices_file.symbol, "--csv", prices_file.path)
    line = _crammed(tmp_path, small_disk, *collect, variables={"NEXTCLOSE_STORE": small_disk}).failed()
    assert f"prices of {prices_file.symbol}: cannot be written" in line
    assert _is_about_space(line)
    assert not list(small_disk.rglob("*.parquet"))
