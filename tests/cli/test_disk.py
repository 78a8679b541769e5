"""Disk errors: a file in place of a folder, and a full disk."""

import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.nextclose import run_several
from tests.cli.workplace import PipelineRun
from tests.conftest import PricesFile

_SMALL = 48 * 1024  # bytes; less than stored prices, a candidate or a version take


@pytest.fixture
def workplace(stepped: PipelineRun, tmp_path: Path) -> Path:
    """A copy of the workplace that a test may change."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return tmp_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with little space: a small file system, or a limit on file sizes if mounting is not permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = _call("mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "none", str(disk))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        # Child processes inherit the limit. With the signal ignored, writes fail with EFBIG.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL // 4, limits[1]))
    try:
        yield disk
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        if mounted:
            assert _call("umount", str(disk))


def _call(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_file_in_place_of_a_folder_is_reported(workplace: Path, prices_file: PricesFile) -> None:
    symbol = ("-s", prices_file.symbol)
    (workplace / "file").write_text("")
    shutil.rmtree(workplace / "data/prices")
    (workplace / "data/prices").write_text("")
    work = {"NEXTCLOSE_WORK": "file"}
    trained, evaluated, collected = run_several(
        workplace,
        ("train", *symbol),
        ("evaluate",),
        ("collect", *symbol, "--csv", prices_file.path),
        variables=[work, work, {}],
    )
    assert "Not a directory" in trained.check_failure()
    assert "file/nextclose" in evaluated.check_failure()
    assert collected.check_failure() == f"prices of {symbol[1]}: cannot be written: File exists"


def test_invalid_work_folder_is_reported_before_training(workplace: Path, prices_file: PricesFile) -> None:
    (workplace / "file").write_text("")
    (done,) = run_several(workplace, ("train", "-s", prices_file.symbol), variables=[{"NEXTCLOSE_WORK": "file"}])
    assert done.check_failure() == "file: File exists"


def test_full_disk_is_reported_and_leaves_no_partial_files(
    workplace: Path, small_disk: Path, prices_file: PricesFile
) -> None:
    symbol = ("-s", prices_file.symbol)
    trained, exported, collected = run_several(
        workplace,
        ("train", *symbol),
        ("export",),
        ("collect", *symbol, "--csv", prices_file.path),
        variables=[
            {"NEXTCLOSE_WORK": small_disk / "work"},
            {"NEXTCLOSE_MODELS": small_disk / "models"},
            {"NEXTCLOSE_STORE": small_disk / "store"},
        ],
    )
    for done in (trained, exported, collected):
        line = done.check_failure()
        assert "No space left on device" in line or "File too large" in line
    assert "cannot write a version" in exported.check_failure()
    assert f"prices of {symbol[1]}: cannot be written" in collected.check_failure()
    assert list((small_disk / "work").iterdir()) == [], "no partial files are left"
    assert list((small_disk / "models" / "nextclose").iterdir()) == []
    assert not list(small_disk.rglob("*.parquet"))
