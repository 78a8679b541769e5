import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from jobs.pipeline.candidate import CUT, load_forecaster, read_record, save_candidate
from model.contract.errors import TrainingError
from tests.unit.jobs.conftest import TrainedCandidate

if TYPE_CHECKING:
    from model.training.train import TrainedModel


def _fits(candidate: TrainedCandidate) -> "TrainedModel":
    """Load the two fits of a candidate, in the form that training returns."""
    fits = SimpleNamespace(
        final=load_forecaster(candidate.candidate, 1), cut=load_forecaster(candidate.candidate / CUT, 1)
    )
    return cast("TrainedModel", fits)


def _names(candidate: TrainedCandidate) -> list[str]:
    return sorted(path.name for path in candidate.candidate.parent.iterdir())


def test_candidate_replaces_the_former_one_completely(candidate_copy: TrainedCandidate) -> None:
    (candidate_copy.candidate / "of-former").write_text("")
    later = candidate_copy.record.model_copy(update={"seed": 8})
    save_candidate(candidate_copy.candidate, _fits(candidate_copy), later)
    assert read_record(candidate_copy.candidate) == later
    assert not (candidate_copy.candidate / "of-former").exists()
    assert _names(candidate_copy) == ["nextclose"]


class _BrokenRecord:
    """A record that cannot be written, as on a full disk."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def model_dump_json(self, **_: object) -> str:
        raise self._error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_former_candidate_is_kept_if_saving_is_interrupted(
    candidate_copy: TrainedCandidate, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        save_candidate(candidate_copy.candidate, _fits(candidate_copy), _BrokenRecord(error))  # type: ignore[arg-type]  # a stub
    assert read_record(candidate_copy.candidate) == candidate_copy.record
    assert _names(candidate_copy) == ["nextclose"]


def test_former_candidate_is_restored_if_the_new_one_cannot_be_renamed(
    candidate_copy: TrainedCandidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename: Callable[[Path, Path], Path] = Path.rename
    calls = []

    def fail_on_second_call(path: Path, target: Path) -> Path:
        calls.append(path.name)
        if len(calls) == 2:
            raise PermissionError(1, "Operation not permitted")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_on_second_call)
    with pytest.raises(PermissionError):
        save_candidate(
            candidate_copy.candidate, _fits(candidate_copy), candidate_copy.record.model_copy(update={"seed": 8})
        )
    assert read_record(candidate_copy.candidate) == candidate_copy.record
    assert _names(candidate_copy) == ["nextclose"]


def test_files_of_a_killed_training_are_removed_after_a_day(candidate_copy: TrainedCandidate) -> None:
    old, young = (candidate_copy.candidate.parent / name for name in (".pending-old", ".pending-young"))
    for folder in (old, young):
        folder.mkdir()
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    save_candidate(candidate_copy.candidate, _fits(candidate_copy), candidate_copy.record)
    assert _names(candidate_copy) == [".pending-young", "nextclose"]


def test_record_of_another_release_is_refused(candidate_copy: TrainedCandidate) -> None:
    (candidate_copy.candidate / "training.json").write_text('{"version": 1}')
    with pytest.raises(
        TrainingError, match=r"training\.json: not a training record of this release; run `nextclose train`"
    ):
        read_record(candidate_copy.candidate)


def test_candidate_is_identified_by_data_recipe_seed_and_former_version(trained_candidate: TrainedCandidate) -> None:
    record = trained_candidate.record
    digests = [part.digest for part in record.data]
    assert record.made_from(record.recipe_digest, record.seed, None, digests)
    assert not record.made_from("0" * 64, record.seed, None, digests)
    assert not record.made_from(record.recipe_digest, record.seed + 1, None, digests)
    assert not record.made_from(record.recipe_digest, record.seed, record.version, digests)
    assert not record.made_from(record.recipe_digest, record.seed, None, ["0" * 64])
