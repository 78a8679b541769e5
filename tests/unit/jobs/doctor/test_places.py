import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.doctor.check_result import CheckResult, CheckStatus
from jobs.doctor.places import MIN_FREE_BYTES, storage_checks
from tests.unit.jobs.conftest import settings_in


def _results(folder: Path, free: int | None = None, **given: object) -> dict[str, CheckResult]:
    free_bytes = None if free is None else lambda _: free
    return {one.check: one for one in storage_checks(settings_in(folder, **given), free_bytes)}


def test_folders_that_do_not_exist_yet_pass(tmp_path: Path) -> None:
    found = _results(tmp_path)
    assert list(found) == ["store", "models", "work"]
    assert {one.result for one in found.values()} == {CheckStatus.OK}
    assert list(tmp_path.iterdir()) == [], "nothing is created"


def test_too_little_disk_space_fails(tmp_path: Path) -> None:
    assert {one.result for one in _results(tmp_path, MIN_FREE_BYTES).values()} == {CheckStatus.OK}
    for name, one in _results(tmp_path, MIN_FREE_BYTES - 1).items():
        assert one.result is CheckStatus.FAILED
        assert "prune" in str(one.advice)
        assert f"NEXTCLOSE_{name.upper()}" in str(one.advice)


def test_file_instead_of_a_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    found = _results(tmp_path)
    assert found["models"].result is CheckStatus.FAILED
    assert "expected a folder, got something else" in found["models"].found
    assert found["store"].result is CheckStatus.OK


@pytest.fixture
def another_user() -> Iterator[None]:
    """Run the test as `nobody`, because root may write everywhere."""
    original = os.geteuid()
    if original == 0:
        os.seteuid(65534)
    yield
    os.seteuid(original)


@pytest.mark.usefixtures("another_user")
def test_read_only_folder_fails() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        found = _results(folder / "below", MIN_FREE_BYTES)
    assert {one.result for one in found.values()} == {CheckStatus.FAILED}
    assert f"{folder} cannot be written to" in found["store"].found
    assert "NEXTCLOSE_STORE" in str(found["store"].advice)


def test_object_stores_are_checked(tmp_path: Path) -> None:
    found = _results(tmp_path, models="memory://models", store="nowhere://x")
    assert found["models"].result is CheckStatus.OK
    assert found["store"].result is CheckStatus.FAILED
    assert "nowhere" in found["store"].found
    assert "docs/object-store.md" in str(found["store"].advice)
