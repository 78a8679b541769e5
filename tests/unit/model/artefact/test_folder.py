"""Version folders: atomic publication, and errors that name a file that was changed after publication."""

import pickle
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.artefact.folder import Artefact, open_artefact, publish, remove_pending
from model.artefact.manifest import MANIFEST, Manifest
from model.artefact.scaler import load_scaling
from model.contract.errors import ArtefactError, CorruptArtefactError, NoVersionError

Publisher = Callable[..., Artefact]


def test_published_version_opens_and_lists_all_files(publisher: Publisher) -> None:
    artefact = publisher()
    assert set(artefact.manifest.files) == {"scaler.joblib", "saved_model/saved_model.pb"}
    assert open_artefact(artefact.folder) == artefact
    assert artefact.folder.name == artefact.version
    assert load_scaling(artefact).mean.shape == (3,)
    assert [path.name for path in artefact.folder.parent.iterdir()] == [artefact.version]


def test_published_files_are_readable_by_other_users(publisher: Publisher) -> None:
    folder = publisher().folder
    assert folder.stat().st_mode & 0o055 == 0o055
    assert (folder / "saved_model").stat().st_mode & 0o055 == 0o055
    assert (folder / "scaler.joblib").stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda f: (f / "scaler.joblib").write_bytes(b"x"), "scaler.joblib was changed"),
        (lambda f: (f / "scaler.joblib").unlink(), "scaler.joblib is missing"),
        (lambda f: (f / "extra.txt").write_text("x"), "extra.txt is surplus"),
        (lambda f: (f / "saved_model" / "extra.pb").write_text("x"), "saved_model/extra.pb is surplus"),
        (lambda f: (f / "link").symlink_to(f / "scaler.joblib"), "link is neither a file nor a folder"),
        (lambda f: shutil.rmtree(f / "saved_model"), "saved_model/saved_model.pb is missing"),
        (lambda f: (f / MANIFEST).write_text("{"), "manifest.json, content"),
        (lambda f: (f / MANIFEST).write_text('{"schema_version": 2}'), "manifest.json, schema_version"),
    ],
)
def test_error_names_the_corrupt_file(publisher: Publisher, corrupt: Callable[[Path], object], message: str) -> None:
    folder = publisher().folder
    corrupt(folder)
    with pytest.raises(CorruptArtefactError, match=message):
        open_artefact(folder)


def test_one_changed_byte_is_detected(publisher: Publisher) -> None:
    path = publisher().folder / "saved_model" / "saved_model.pb"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(CorruptArtefactError, match=r"saved_model\.pb was changed"):
        open_artefact(path.parents[1])


class CodeInPickle:
    """An object whose pickle creates a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_changed_scaler_is_never_unpickled(publisher: Publisher, tmp_path: Path) -> None:
    artefact, marker = publisher(), tmp_path / "executed"
    (artefact.folder / "scaler.joblib").write_bytes(pickle.dumps(CodeInPickle(marker)))
    with pytest.raises(CorruptArtefactError, match=r"scaler\.joblib was changed"):
        load_scaling(artefact)  # the version was opened before the change, but the digest is verified on each read
    with pytest.raises(CorruptArtefactError):
        open_artefact(artefact.folder)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["none", "file"])
def test_missing_version_raises_no_version_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NoVersionError, match=r"manifest\.json is missing"):
        open_artefact(tmp_path / name)


def fail(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_failed_export_leaves_no_files(tmp_path: Path) -> None:
    def never(_: object) -> Manifest:
        pytest.fail("the manifest was created before the files")

    with pytest.raises(ArtefactError, match="No space left"):
        publish(tmp_path / "nextclose", fail, never)
    assert list((tmp_path / "nextclose").iterdir()) == []


def test_existing_version_is_not_published_again(publisher: Publisher) -> None:
    artefact = publisher()
    with pytest.raises(ArtefactError, match="exists already"):
        publish(artefact.folder.parent, lambda _: None, lambda _: artefact.manifest)
    assert open_artefact(artefact.folder) == artefact


def test_unwritable_folder_raises_artefact_error(tmp_path: Path) -> None:
    (tmp_path / "nextclose").write_text("a file where a folder is expected")
    with pytest.raises(ArtefactError, match="cannot write a version"):
        publish(tmp_path / "nextclose", lambda _: None, lambda _: pytest.fail("not reached"))


def test_only_old_leftovers_are_removed(tmp_path: Path) -> None:
    for name in (".pending-a", "20260101T000000Z-1a2b3c4d"):
        (tmp_path / name).mkdir()
    assert remove_pending(tmp_path, older_than=0) == []
    assert remove_pending(tmp_path, older_than=datetime.now(UTC).timestamp() + 60) == [".pending-a"]
    assert [path.name for path in tmp_path.iterdir()] == ["20260101T000000Z-1a2b3c4d"]
