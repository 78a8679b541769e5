"""Local registry: order of versions, pointer and pruning."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model.artefact.folder import Artefact
from model.artefact.local_registry import LocalRegistry, served_folder
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError

Publisher = Callable[..., Artefact]


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path, "nextclose")


def test_empty_registry_has_no_versions(registry: LocalRegistry) -> None:
    assert registry.versions() == []
    assert registry.current() is None
    assert registry.prune(1) == []
    with pytest.raises(NoVersionError, match="none yet"):
        registry.open("20260101T000000Z-1a2b3c4d")
    with pytest.raises(NoVersionError, match="no version to serve yet"):
        served_folder(registry.root, "nextclose")


def test_only_versions_are_listed_oldest_first(registry: LocalRegistry, publisher: Publisher) -> None:
    published = [publisher().version for _ in range(3)]
    (registry.folder / ".pending-x").mkdir()
    (registry.folder / "notes").mkdir()
    assert registry.versions() == published


def test_pointer_selects_the_served_version(registry: LocalRegistry, publisher: Publisher) -> None:
    first, second = publisher(), publisher()
    registry.set_current(first.version)
    assert registry.current() == first.version
    assert served_folder(registry.root, "nextclose") == first.folder
    registry.set_current(second.version)
    assert served_folder(registry.root, "nextclose") == second.folder
    assert sorted(path.name for path in registry.folder.iterdir()) == [first.version, second.version, "current"]


def test_mounted_version_folder_is_served(publisher: Publisher) -> None:
    folder = publisher().folder
    assert served_folder(folder, "nextclose") == folder


def test_corrupt_or_missing_version_does_not_become_current(registry: LocalRegistry, publisher: Publisher) -> None:
    good, bad = publisher(), publisher()
    registry.set_current(good.version)
    (bad.folder / "scaler.joblib").unlink()
    with pytest.raises(CorruptArtefactError):
        registry.set_current(bad.version)
    with pytest.raises(NoVersionError, match="available: "):
        registry.set_current("20200101T000000Z-1a2b3c4d")
    assert registry.current() == good.version


@pytest.mark.parametrize("content", ["../../etc", "", "x" * 300])
def test_invalid_pointer_is_refused(registry: LocalRegistry, publisher: Publisher, content: str) -> None:
    publisher()
    (registry.folder / "current").write_text(content)
    with pytest.raises(ArtefactError, match="expected the name of a version"):
        registry.current()


def test_prune_keeps_newest_and_current_versions(registry: LocalRegistry, publisher: Publisher) -> None:
    versions = [publisher().version for _ in range(5)]
    registry.set_current(versions[0])
    assert registry.prune(3) == versions[1:3]
    assert registry.versions() == [versions[0], *versions[3:]]
    assert registry.prune(1) == versions[3:]
    assert registry.versions() == [versions[0]]
    assert registry.prune(1) == []
