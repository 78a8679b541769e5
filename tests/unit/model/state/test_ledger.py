from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model.state.folder import StateFolder
from model.state.ledger import FILE, Action, Ledger, LedgerEntry, rollback_target, served_stack, unfinished_promotion


def _entry(version: str, action: Action = "promote", former: str | None = None, outcome: str = "done") -> LedgerEntry:
    return LedgerEntry.model_validate(
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


def test_truncated_line_does_not_affect_other_lines(tmp_path: Path) -> None:
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


def test_second_rollback_goes_one_version_further_back() -> None:
    entries = [_entry("A"), _entry("B"), _entry("C")]
    assert rollback_target(entries, "C") == "B"
    entries.append(_entry("B", "rollback"))
    assert rollback_target(entries, "B") == "A"
    entries.append(_entry("A", "rollback"))
    assert rollback_target(entries, "A") is None


def test_failed_promotions_do_not_count_as_served() -> None:
    entries = [_entry("A"), _entry("B", outcome="begun"), _entry("B", outcome="failed"), _entry("C", outcome="begun")]
    assert served_stack(entries) == ["A"]
    assert unfinished_promotion(entries) == entries[-1]
    assert unfinished_promotion(entries[:-1]) is None


def test_rollback_target_includes_versions_before_the_first_line() -> None:
    assert rollback_target([_entry("B", former="A")], "B") == "A"
    assert rollback_target([], "A") is None
    assert rollback_target([_entry("A"), _entry("B")], "other") == "B", "the served version is not in the ledger"


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=12))
def test_one_rollback_per_promotion_returns_to_the_first_version(versions: list[str]) -> None:
    entries = [_entry(version) for version in versions]
    distinct = [version for i, version in enumerate(versions) if i == 0 or versions[i - 1] != version]
    for expected in reversed(distinct[:-1]):
        target = rollback_target(entries, served_stack(entries)[-1])
        assert target == expected
        entries.append(_entry(target, "rollback"))
    assert rollback_target(entries, served_stack(entries)[-1]) is None
