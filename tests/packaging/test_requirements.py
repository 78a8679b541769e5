"""Lock files: every package has hashes, there is no URL, and all files have the same versions."""

import re
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_ENTRY = re.compile(r"([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)(?: ;[^\\]+)?(?: \\)?")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def _entries(path: Path) -> dict[str, tuple[str, int]]:
    """Return package -> version and number of hashes. The key includes markers: a package may have several entries."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in path.read_text().splitlines():
        if entry := _ENTRY.fullmatch(line):
            name = f"{entry[1]} {line.partition(';')[2].rstrip(' ' + chr(92))}".strip()
            found[name] = entry[2], 0
        else:
            assert _HASH.fullmatch(line), f"{path.name}: {line}"
            version, hashes = found[name]
            found[name] = version, hashes + 1
    return found


def test_lock_files_exist() -> None:
    assert {"dev.txt", "local.txt", "predictor.txt", "transformer.txt", "dashboard.txt", "uv.txt"} <= {
        path.name for path in LOCKS
    }


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_has_hashes_and_no_url(path: Path) -> None:
    entries = _entries(path)
    assert entries
    assert [name for name, (_, hashes) in entries.items() if hashes == 0] == []
    text = path.read_text()
    assert "://" not in text
    assert "index" not in re.sub(r"^[a-z0-9].*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["local.txt", "predictor.txt", "transformer.txt", "dashboard.txt"])
def test_lock_file_has_the_versions_of_the_development_environment(name: str) -> None:
    dev = _versions(ROOT / "requirements" / "dev.txt")
    role = _versions(ROOT / "requirements" / name)
    assert role.keys() <= dev.keys()
    assert {package: versions for package, versions in role.items() if not versions <= dev[package]} == {}


def _versions(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, (version, _) in _entries(path).items():
        found.setdefault(name.partition(" ")[0], set()).add(version)
    return found


@pytest.mark.parametrize("name", ["transformer.txt", "dashboard.txt"])
def test_clients_of_the_predictor_have_no_tensorflow(name: str) -> None:
    packages = _versions(ROOT / "requirements" / name)
    assert not [name for name in packages if name.startswith(("tensorflow", "keras"))]
