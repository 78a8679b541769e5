from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model.state.folder import StateFolder
from model.state.ledger import FILE, Action, Entry, Ledger, interrupted, rollback_target, served_before


def _entry(version: str, action: Action = "promote", former: str | None = None, outcome: str = "done") -> Entry:
    return Entry.model_validate(
        {
            "at": datetime(2026, 1, 1, tzinfo=UTC),
            "action": action,
            "by": "test",
            "outcome": outcome,
            "version": version,
            "address": version,
            "former": former,
            "former_address": former,
        }
    )


def test_lines_are_read_as_written_and_a_torn_one_harms_no_other(tmp_path: Path) -> None:
    ledger = Ledger(StateFolder(str(tmp_path / "store")))
    assert ledger.entries() == []
    first, second = _entry("A"), _entry("B", former="A")
    ledger.write(first)
    path = tmp_path / "store" / FILE
    with path.open("ab") as file:
        file.write(b'{"at":"2026-01')
    ledger.write(second)
    assert ledger.entries() == [first, second]
    assert path.read_bytes().endswith(b"\n")


def test_a_second_rollback_goes_one_further_back() -> None:
    entries = [_entry("A"), _entry("B"), _entry("C")]
    assert rollback_target(entries, "C") == "B"
    entries.append(_entry("B", "rollback"))
    assert rollback_target(entries, "B") == "A"
    entries.append(_entry("A", "rollback"))
    assert rollback_target(entries, "A") is None


def test_failed_ones_never_served() -> None:
    entries = [_entry("A"), _entry("B", outcome="begun"), _entry("B", outcome="failed"), _entry("C", outcome="begun")]
    assert served_before(entries) == ["A"]
    assert interrupted(entries) == entries[-1]
    assert interrupted(entries[:-1]) is None


def test_what_was_there_before_the_first_line() -> None:
    assert rollback_target([_entry("B", former="A")], "B") == "A"
    assert rollback_target([], "A") is None
    assert rollback_target([_entry("A"), _entry("B")], "elsewhere") == "B", "somebody else has switched"


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=12))
def test_as_many_rollbacks_as_promotions_end_at_the_beginning(versions: list[str]) -> None:
    entries = [_entry(version) for version in versions]
    distinct = [one for i, one in enumerate(versions) if i == 0 or versions[i - 1] != one]
    for expected in reversed(distinct[:-1]):
        target = rollback_target(entries, served_before(entries)[-1])
        assert target == expected
        entries.append(_entry(target, "rollback"))
    assert rollback_target(entries, served_before(entries)[-1]) is None
