"""Registry in an object store: atomic publication, verified local copies, and errors that name corrupt files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from model.artefact import downloads
from model.artefact.address import ObjectStoreSource, open_registry, open_served_version
from model.artefact.folder import Artefact
from model.artefact.manifest import MANIFEST
from model.artefact.object_registry import ObjectRegistry
from model.artefact.scaler import load_scaling
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError
from model.contract.version import version_name
from model.storage.files import Files
from tests.object_store import ObjectStore
from tests.unit.model.artefact.conftest import Publisher, fill_version, make_manifest


@pytest.fixture
def registry(s3_address: str) -> ObjectRegistry:
    return ObjectRegistry(s3_address, "nextclose")


@pytest.fixture
def files(s3_address: str) -> Files:
    """The files below the model's address."""
    return Files(f"{s3_address}/nextclose")


@pytest.fixture
def publish(registry: ObjectRegistry) -> Publisher:
    """Function that publishes a version, one second later for each call."""
    count = 0

    def make() -> Artefact:
        nonlocal count
        count += 1
        created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=count)
        return registry.publish(fill_version, lambda listed: make_manifest(listed, created))

    return make


def test_empty_bucket_has_no_versions(registry: ObjectRegistry) -> None:
    assert registry.versions() == []
    assert registry.current() is None
    assert registry.prune(1) == []
    registry.clear_current()
    with pytest.raises(NoVersionError, match="none yet"):
        registry.open("20260101T000000Z-1a2b3c4d")


def test_published_versions_are_listed_and_opened(registry: ObjectRegistry, publish: Publisher, files: Files) -> None:
    first, second = publish(), publish()
    assert registry.versions() == [first.version, second.version]
    assert set(files.find(first.version)) == {*first.manifest.files, MANIFEST}
    opened = registry.open(first.version)
    assert opened == first
    assert opened.folder.name == first.version
    assert load_scaling(opened).mean.shape == (3,)


def test_other_process_opens_the_same_version(
    registry: ObjectRegistry, publish: Publisher, s3_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = publish()
    monkeypatch.setattr(downloads, "_process_folder", lambda: tmp_path)
    other = open_registry(s3_address, "nextclose").open(made.version)
    assert other.folder.is_relative_to(tmp_path)
    assert (other.manifest, other.digest) == (made.manifest, made.digest)


def test_pointer_selects_the_served_version(registry: ObjectRegistry, publish: Publisher, s3_address: str) -> None:
    served = open_served_version(s3_address, "nextclose")
    assert isinstance(served, ObjectStoreSource)
    with pytest.raises(NoVersionError, match=f"^{s3_address}/nextclose: no version to serve yet"):
        served.find()
    first, second = publish(), publish()
    for version in (first, second):
        registry.set_current(version.version)
        assert registry.current() == version.version
        assert served.open(served.find()).digest == version.digest
    registry.clear_current()
    assert registry.current() is None


def test_version_without_manifest_does_not_exist(registry: ObjectRegistry, publish: Publisher, files: Files) -> None:
    made = publish()
    manifest = files.read(f"{made.version}/{MANIFEST}")
    files.remove(f"{made.version}/{MANIFEST}")
    assert registry.versions() == []
    with pytest.raises(NoVersionError):
        registry.set_current(made.version)
    files.replace(f"{made.version}/{MANIFEST}", manifest)
    assert registry.open(made.version) == made


def test_interrupted_upload_leaves_no_version_and_can_be_repeated(
    registry: ObjectRegistry, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    put = Files.put

    def interrupted(self: Files, names: dict[str, Path]) -> None:
        put(self, {name: names[name] for name in sorted(names)[:1]})
        files.replace(f"{version_name(created, '1a2b3c4d')}/left", b"")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Files, "put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            registry.publish(fill_version, lambda listed: make_manifest(listed, created))
    assert files.find()
    assert registry.versions() == []
    assert registry.prune(1) == [], "the upload may still be in progress"
    made = registry.publish(fill_version, lambda listed: make_manifest(listed, created))
    assert registry.versions() == [made.version]
    assert set(files.find(made.version)) == {*made.manifest.files, MANIFEST}


def test_old_leftovers_are_removed(
    registry: ObjectRegistry, publish: Publisher, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish()
    files.replace("20250101T000000Z-1a2b3c4d/scaler.joblib", b"")
    files.replace("notes.txt", b"")
    monkeypatch.setattr("model.artefact.object_registry.PENDING_KEPT_SECONDS", -60)
    assert registry.prune(1) == []
    assert {name.partition("/")[0] for name in files.find()} == {made.version, "notes.txt"}


def test_existing_version_is_not_published_again(registry: ObjectRegistry, publish: Publisher) -> None:
    made = publish()
    with pytest.raises(ArtefactError, match="exists already"):
        registry.publish(fill_version, lambda listed: make_manifest(listed, made.manifest.created))
    assert registry.open(made.version) == made


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda files, at: files.replace(f"{at}/scaler.joblib", b"x"), "scaler.joblib was changed"),
        (lambda files, at: files.remove(f"{at}/scaler.joblib"), "scaler.joblib is missing"),
        (lambda files, at: files.replace(f"{at}/extra", b"x"), "extra is surplus"),
        (lambda files, at: files.replace(f"{at}/{MANIFEST}", b"{"), "manifest.json, content"),
    ],
)
def test_error_names_the_corrupt_object(
    registry: ObjectRegistry,
    publish: Publisher,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    corrupt: Callable[[Files, str], object],
    message: str,
) -> None:
    good, bad = publish(), publish()
    registry.set_current(good.version)
    corrupt(files, bad.version)
    monkeypatch.setattr(downloads, "_process_folder", lambda: tmp_path / "other process")
    with pytest.raises(CorruptArtefactError, match=message):
        registry.set_current(bad.version)
    assert registry.current() == good.version
    assert [path.name for path in downloads.download_folder(registry.address).iterdir()] == []


def test_changed_copy_is_downloaded_again(registry: ObjectRegistry, publish: Publisher) -> None:
    made = publish()
    (made.folder / "scaler.joblib").write_bytes(b"x")
    assert load_scaling(registry.open(made.version)).mean.shape == (3,)


@pytest.mark.parametrize("content", [b"../../etc", b"", b"\xff" * 300])
def test_invalid_pointer_is_refused(registry: ObjectRegistry, files: Files, content: bytes) -> None:
    files.replace("current", content)
    with pytest.raises(ArtefactError, match=r"nextclose/current: expected the name of a version, got "):
        registry.current()


def test_prune_keeps_newest_and_current_versions_and_few_copies(
    registry: ObjectRegistry, publish: Publisher, files: Files
) -> None:
    versions = [publish().version for _ in range(7)]
    copies = downloads.download_folder(registry.address)
    assert sorted(path.name for path in copies.iterdir()) == versions[2:]
    registry.set_current(versions[0])
    assert registry.prune(3, protect=[versions[1]]) == versions[2:6]
    assert registry.versions() == [versions[0], versions[1], versions[6]]
    assert {name.partition("/")[0] for name in files.find()} == {*registry.versions(), "current"}
    assert sorted(path.name for path in copies.iterdir()) == [versions[0], versions[6]]


def test_errors_of_the_object_store_say_the_reason(registry: ObjectRegistry, object_store: ObjectStore) -> None:
    missing = ObjectRegistry("s3://missing/models", "nextclose")
    operations: list[Callable[[], object]] = [
        missing.versions,
        missing.current,
        missing.clear_current,
        lambda: missing.prune(1),
        lambda: missing.open("20260101T000000Z-1a2b3c4d"),
        lambda: missing.publish(fill_version, lambda listed: make_manifest(listed, datetime(2026, 1, 1, tzinfo=UTC))),
    ]
    for operation in operations:
        with pytest.raises(ArtefactError, match=r"^s3://missing/models/nextclose: .*: s3://missing: no such bucket"):
            operation()
    with object_store.guarded(), pytest.raises(ArtefactError, match="check AWS_ACCESS_KEY_ID"):
        registry.versions()
    with pytest.raises(ArtefactError, match="nonsense://x/nextclose: cannot be used: expected a folder or an address"):
        open_registry("nonsense://x", "nextclose")
