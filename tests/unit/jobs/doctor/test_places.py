import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.doctor.finding import Finding, Result
from jobs.doctor.places import ROOM, place_checks
from tests.unit.jobs.conftest import settings_in


def _found(folder: Path, free: int | None = None, **given: object) -> dict[str, Finding]:
    look = None if free is None else lambda _: free
    return {one.check: one for one in place_checks(settings_in(folder, **given), look)}


def test_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    found = _found(tmp_path)
    assert list(found) == ["store", "models", "work"]
    assert {one.result for one in found.values()} == {Result.OK}
    assert list(tmp_path.iterdir()) == [], "nothing is made"


def test_too_little_room(tmp_path: Path) -> None:
    assert {one.result for one in _found(tmp_path, ROOM).values()} == {Result.OK}
    for name, one in _found(tmp_path, ROOM - 1).items():
        assert one.result is Result.FAILED
        assert "prune" in str(one.advice)
        assert f"NEXTCLOSE_{name.upper()}" in str(one.advice)


def test_a_file_where_a_folder_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    found = _found(tmp_path)
    assert found["models"].result is Result.FAILED
    assert "is no folder" in found["models"].found
    assert found["store"].result is Result.OK


@pytest.fixture
def another_user() -> Iterator[None]:
    """Root may write everywhere; the tests then go on as nobody."""
    former = os.geteuid()
    if former == 0:
        os.seteuid(65534)
    yield
    os.seteuid(former)


@pytest.mark.usefixtures("another_user")
def test_a_folder_that_cannot_be_written_to() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        found = _found(folder / "below", ROOM)
    assert {one.result for one in found.values()} == {Result.FAILED}
    assert f"{folder} cannot be written to" in found["store"].found
    assert "NEXTCLOSE_STORE" in str(found["store"].advice)


def test_object_stores(tmp_path: Path) -> None:
    found = _found(tmp_path, models="memory://models", store="nowhere://x")
    assert found["models"].result is Result.OK
    assert found["store"].result is Result.FAILED
    assert "nowhere" in found["store"].found
    assert "docs/object-store.md" in str(found["store"].advice)
