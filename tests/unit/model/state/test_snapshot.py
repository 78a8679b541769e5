"""Snapshots keep the previous content of a file that cannot be read, but not of a missing file."""

from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from model.state.folder import StateFolder
from model.state.ledger import Ledger, LedgerEntry
from model.state.snapshot import StateSnapshot, read_snapshot
from model.state.status import Status, write_status

NOW = datetime(2026, 1, 5, tzinfo=UTC)
READ = {"status.json": "read", "promotions.jsonl": "read"}


def _fill(folder: StateFolder) -> None:
    write_status(folder, Status(served="A", refused_in_a_row=2))
    Ledger(folder).write(LedgerEntry(at=NOW, action="promote", by="test", outcome="done", version="A", address="A"))


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(str(tmp_path))


def test_missing_files_give_an_empty_snapshot(folder: StateFolder) -> None:
    assert read_snapshot(folder, StateSnapshot()) == StateSnapshot(
        conditions={"status.json": "missing", "promotions.jsonl": "missing"},
    )


def test_both_files_are_read(folder: StateFolder) -> None:
    _fill(folder)
    found = read_snapshot(folder, StateSnapshot())
    assert found.status.refused_in_a_row == 2
    assert [entry.version for entry in found.entries] == ["A"]
    assert found.conditions == READ


@pytest.mark.parametrize("content", [b"", b"{", b'{"refused_in_a_row": "many"}', b"\xff\xfe", b"[]"])
def test_corrupt_files_are_reported_and_previous_content_is_kept(
    folder: StateFolder, tmp_path: Path, content: bytes
) -> None:
    _fill(folder)
    previous = read_snapshot(folder, StateSnapshot())
    (tmp_path / "status.json").write_bytes(content)
    (tmp_path / "promotions.jsonl").write_bytes(content or b"x")
    found = read_snapshot(folder, previous)
    assert (found.status, found.entries) == (previous.status, previous.entries)
    assert found.conditions == {"status.json": "corrupt", "promotions.jsonl": "corrupt"}
    _fill(folder)
    assert read_snapshot(folder, found).conditions == READ, "the next write repairs the file"


def test_unreadable_files_are_reported_and_previous_content_is_kept(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    previous = read_snapshot(folder, StateSnapshot())
    for name in READ:
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
    found = read_snapshot(folder, previous)
    assert (found.status, found.entries) == (previous.status, previous.entries)
    assert found.conditions == {"status.json": "unreadable", "promotions.jsonl": "unreadable"}


def test_removed_files_clear_the_snapshot(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    previous = read_snapshot(folder, StateSnapshot())
    for name in READ:
        (tmp_path / name).unlink()
    found = read_snapshot(folder, previous)
    assert (found.status, found.entries) == (Status(), ())


def test_truncated_line_does_not_make_the_file_corrupt(folder: StateFolder, tmp_path: Path) -> None:
    _fill(folder)
    with (tmp_path / "promotions.jsonl").open("ab") as file:
        file.write(b'{"at": "2026-')
    found = read_snapshot(folder, StateSnapshot())
    assert len(found.entries) == 1
    assert found.conditions == READ


def test_files_in_an_object_store_are_read() -> None:
    folder = StateFolder("memory://state-of-jobs")
    try:
        _fill(folder)
        assert read_snapshot(folder, StateSnapshot()).conditions == READ
    finally:
        fsspec.filesystem("memory").rm("/state-of-jobs", recursive=True)
