"""Files in a folder and in an object store behave alike, and errors name the settings to check."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model.contract.errors import StorageError
from model.storage.files import Files
from tests.object_store import ObjectStore
from tests.serving.processes import free_ports


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return Files(str(tmp_path / "a b" / "files"))
    address: str = request.getfixturevalue("s3_address")
    return Files(address)


def test_replaced_file_has_new_content_and_stamp(files: Files) -> None:
    with pytest.raises(FileNotFoundError):
        files.read("deep/one")
    with pytest.raises(FileNotFoundError):
        files.stamp("deep/one")
    files.replace("deep/one", b"1")
    before = files.stamp("deep/one")
    assert files.stamp("deep/one") == before
    files.replace("deep/one", b"22")
    assert files.read("deep/one") == b"22"
    assert files.stamp("deep/one") != before


def test_lines_are_appended(files: Files) -> None:
    files.append("lines", b"1")
    files.append("lines", b"2")
    assert files.read("lines") == b"1\n2\n"
    files.replace("lines", b"truncated")
    files.append("lines", b"3")
    assert files.read("lines") == b"truncated\n3\n"


def test_files_are_listed_and_removed(files: Files) -> None:
    assert files.names("there") == []
    assert files.find() == {}
    for name in ("there/one", "there/two", "there/deep/three", "elsewhere"):
        files.replace(name, b"")
    assert set(files.names("there")) >= {"one", "two"}
    assert set(files.find()) == {"there/one", "there/two", "there/deep/three", "elsewhere"}
    found = files.find("there")
    assert set(found) == {"one", "two", "deep/three"}
    assert all(changed is not None and changed.tzinfo is not None for changed in found.values())
    files.remove("there/one", "never there", "there/two")
    assert set(files.find()) == {"there/deep/three", "elsewhere"}


def test_several_files_are_uploaded_and_downloaded(files: Files, tmp_path: Path) -> None:
    sources = {f"deep/{number}": tmp_path / f"{number}" for number in range(20)}
    for name, path in sources.items():
        path.write_text(name)
    files.put(sources)
    targets = {name: tmp_path / "got" / name for name in sources}
    files.get(targets)
    assert {name: path.read_text() for name, path in targets.items()} == {name: name for name in sources}
    with pytest.raises(FileNotFoundError):
        files.get({"deep/21": tmp_path / "21"})


OPERATIONS: list[Callable[[Files], object]] = [
    lambda files: files.read("one"),
    lambda files: files.stamp("one"),
    lambda files: files.names("folder"),
    lambda files: files.find(),
    lambda files: files.replace("one", b""),
    lambda files: files.append("one", b""),
    lambda files: files.remove("one"),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_missing_bucket_is_reported(s3_address: str, operation: Callable[[Files], object]) -> None:
    with pytest.raises(StorageError, match=r"^s3://missing: no such bucket; make it, or check the address"):
        operation(Files("s3://missing/nextclose"))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refused_credentials_are_reported(
    s3_address: str, object_store: ObjectStore, operation: Callable[[Files], object]
) -> None:
    bucket = s3_address.rpartition("/")[0]
    with object_store.guarded(), pytest.raises(StorageError, match=rf"^{bucket}: .*; check AWS_ACCESS_KEY_ID and "):
        operation(Files(s3_address))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_missing_credentials_are_reported(
    s3_address: str, s3_variables: pytest.MonkeyPatch, operation: Callable[[Files], object]
) -> None:
    s3_variables.delenv("AWS_ACCESS_KEY_ID")
    s3_variables.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StorageError, match=r": no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        operation(Files(s3_address))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_unreachable_server_is_reported(
    s3_address: str, s3_variables: pytest.MonkeyPatch, operation: Callable[[Files], object]
) -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    s3_variables.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(StorageError, match=rf": {url} cannot be reached; check AWS_ENDPOINT_URL and the network"):
        operation(Files(s3_address))


def test_https_address_of_an_http_server_is_reported(
    s3_address: str, s3_variables: pytest.MonkeyPatch, object_store: ObjectStore
) -> None:
    s3_variables.setenv("AWS_ENDPOINT_URL", object_store.url.replace("http:", "https:"))
    with pytest.raises(StorageError, match=r"TLS with https://127.0.0.1:\d+ failed; check whether it is http or https"):
        Files(s3_address).read("one")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://Not_A_Bucket!/x", "^s3://Not_A_Bucket!: not a valid bucket name$"),
        ("gs://bucket/x", "expected a folder or an address as s3://bucket/folder: .* gcsfs"),
        ("nonsense://x", "expected a folder or an address as s3://bucket/folder: "),
    ],
)
def test_invalid_addresses_are_reported(s3_address: str, address: str, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        Files(address).read("one")


def test_unusable_folder_raises_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"exists|Not a directory"):
        Files(str(tmp_path / "file")).replace("one", b"")
    with pytest.raises(StorageError, match="Is a directory"):
        Files(str(tmp_path)).read("")
