"""A file that fails takes nothing of what is known away; one that is gone does."""

from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from model.state.folder import StateFolder
from model.state.ledger import Entry, Ledger
from model.state.snapshot import Snapshot, look
from model.state.status import Status, write_status

NOW = datetime(2026, 1, 5, tzinfo=UTC)
READ = {"status.json": "read", "promotions.jsonl": "read"}


def _fill(folder: StateFolder) -> None:
    write_status(folder, Status(served="A", refused_in_a_row=2))
    Ledger(folder).write(Entry(at=NOW, action="promote", by="test", outcome="done", version="A", address="A"))


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(str(tmp_path))


def test_nothing_is_there_yet(folder: StateFolder) -> None:
    assert look(folder, Snapshot()) == Snapshot(
        conditions={"status.json": "missing", "promotions.jsonl": "missing"},
    )


def test_both_files_are_read(folder: StateFolder) -> None:
    _fill(folder)
    found = look(folder, Snapshot())
    assert found.status.refused_in_a_row == 2
    assert [entry.version for entry in found.entries] == ["A"]
    assert found.conditions == READ


@pytest.mark.parametrize("content", [b"", b"{", b'{"refused_in_a_row": "many"}', b"\xff\xfe", b"[]"])
def test_what_cannot_be_understood_is_told_and_changes_nothing(
    folder: StateFolder, tmp_path: Path, content: bytes
) -> None:
    _fill(folder)
    former = look(folder, Snapshot())
    (tmp_path / "status.json").write_bytes(content)
    (tmp_path / "promotions.jsonl").write_bytes(content or b"x")
    found = look(folder, former)
    assert (found.status, found.entries) == (former.status, former.entries)
    assert found.conditions == {"status.json": "corrupt", "promotions.jsonl": "corrupt"}
    _fill(folder)
    assert look(folder, found).conditions == READ, "it mends itself with the next writing"


def test_what_cannot_be_read_is_told_and_changes_nothing(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    former = look(folder, Snapshot())
    for name in READ:
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
    found = look(folder, former)
    assert (found.status, found.entries) == (former.status, former.entries)
    assert found.conditions == {"status.json": "unreadable", "promotions.jsonl": "unreadable"}


def test_what_is_gone_is_known_no_more(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    former = look(folder, Snapshot())
    for name in READ:
        (tmp_path / name).unlink()
    found = look(folder, former)
    assert (found.status, found.entries) == (Status(), ())


def test_a_torn_line_makes_no_file_corrupt(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    with (tmp_path / "promotions.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-')
    found = look(folder, Snapshot())
    assert len(found.entries) == 1
    assert found.conditions == READ


def test_an_object_store_is_read_the_same_way() -> None:
    folder = StateFolder("memory://state-of-jobs")
    try:
        _fill(folder)
        assert look(folder, Snapshot()).conditions == READ
    finally:
        fsspec.filesystem("memory").rm("/state-of-jobs", recursive=True)
