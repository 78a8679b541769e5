import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from jobs.pipeline.candidate import CUT, load_forecaster, read_record, save_candidate
from model.contract.errors import TrainingError
from tests.unit.jobs.conftest import Made

if TYPE_CHECKING:
    from model.training.train import TrainedModel


def _fits(made: Made) -> "TrainedModel":
    """Load the two fits of a candidate, in the form that training returns."""
    fits = SimpleNamespace(final=load_forecaster(made.candidate, 1), cut=load_forecaster(made.candidate / CUT, 1))
    return cast("TrainedModel", fits)


def _names(made: Made) -> list[str]:
    return sorted(path.name for path in made.candidate.parent.iterdir())


def test_candidate_replaces_the_former_one_completely(copied: Made) -> None:
    (copied.candidate / "of-former").write_text("")
    later = copied.record.model_copy(update={"seed": 8})
    save_candidate(copied.candidate, _fits(copied), later)
    assert read_record(copied.candidate) == later
    assert not (copied.candidate / "of-former").exists()
    assert _names(copied) == ["nextclose"]


class _BrokenRecord:
    """A record that cannot be written, as on a full disk."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def model_dump_json(self, **_: object) -> str:
        raise self._error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_former_candidate_is_kept_if_saving_is_interrupted(copied: Made, error: BaseException) -> None:
    with pytest.raises(type(error)):
        save_candidate(copied.candidate, _fits(copied), _BrokenRecord(error))  # type: ignore[arg-type]  # a stub
    assert read_record(copied.candidate) == copied.record
    assert _names(copied) == ["nextclose"]


def test_former_candidate_is_restored_if_the_new_one_cannot_be_renamed(
    copied: Made, monkeypatch: pytest.MonkeyPatch
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
        save_candidate(copied.candidate, _fits(copied), copied.record.model_copy(update={"seed": 8}))
    assert read_record(copied.candidate) == copied.record
    assert _names(copied) == ["nextclose"]


def test_files_of_a_killed_training_are_removed_after_a_day(copied: Made) -> None:
    old, young = (copied.candidate.parent / name for name in (".pending-old", ".pending-young"))
    for folder in (old, young):
        folder.mkdir()
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    save_candidate(copied.candidate, _fits(copied), copied.record)
    assert _names(copied) == [".pending-young", "nextclose"]


def test_record_of_another_release_is_refused(copied: Made) -> None:
    (copied.candidate / "training.json").write_text('{"version": 1}')
    with pytest.raises(
        TrainingError, match=r"training\.json: not a training record of this release; run `nextclose train`"
    ):
        read_record(copied.candidate)


def test_candidate_is_identified_by_data_recipe_seed_and_former_version(made: Made) -> None:
    record = made.record
    digests = [part.digest for part in record.data]
    assert record.made_from(record.recipe_digest, record.seed, None, digests)
    assert not record.made_from("0" * 64, record.seed, None, digests)
    assert not record.made_from(record.recipe_digest, record.seed + 1, None, digests)
    assert not record.made_from(record.recipe_digest, record.seed, record.version, digests)
    assert not record.made_from(record.recipe_digest, record.seed, None, ["0" * 64])
