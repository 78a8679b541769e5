"""skaffold.yaml: fits Skaffold's schema, and says what chart, images and test say.

v4beta14.json is Skaffold's own schema (Apache-2.0) without its descriptions.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.rendering import CHART, one, render

ROOT = CHART.parents[1]
CONFIG = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
PROFILES = {profile["name"]: profile for profile in CONFIG["profiles"]}


def with_profile(name: str) -> dict[str, Any]:
    """The configuration after a profile's patches, each of which must find its place."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    for patch in PROFILES[name]["patches"]:
        *way, last = patch["path"].removeprefix("/").split("/")
        place: Any = config
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        assert (last in place) == (patch["op"] == "replace"), patch
        place[last] = patch["value"]
    return config


def arguments(config: dict[str, Any]) -> list[str]:
    """What helm gets, with images as Skaffold would name them."""
    (release,) = config["deploy"]["helm"]["releases"]
    values = {
        **release["setValues"],
        **{
            name: re.sub(r"\{\{\.IMAGE_(REPO|TAG)_docker_io_(\w+?)_(\w+)\}\}", r"\1-\2-\3", value)
            for name, value in release["setValueTemplates"].items()
        },
    }
    files = [f"--values={ROOT / path}" for path in release.get("valuesFiles", [])]
    return [*files, *(f"--set={name}={str(value).lower()}" for name, value in values.items())]


def test_it_fits_the_schema() -> None:
    jsonschema.validate(CONFIG, json.loads((Path(__file__).parent / "v4beta14.json").read_text()))
    assert CONFIG["apiVersion"] == "skaffold/v4beta14"


def test_each_image_has_its_dockerfile_and_all_that_goes_into_it() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    files = {}
    for artifact in CONFIG["build"]["artifacts"]:
        command = artifact["custom"]["buildCommand"]
        files[artifact["image"]] = command.rpartition("FILE=")[2]
        assert command.startswith("make ")
        assert set(artifact["custom"]["dependencies"]["paths"]) == {".dockerignore", *allowed}
    assert files == {
        "docker.io/nextclose/predictor": "model/serving/Dockerfile",
        "docker.io/nextclose/transformer": "transformer/Dockerfile",
        "docker.io/nextclose/jobs": "jobs/Dockerfile",
        "docker.io/nextclose/dashboard": "dashboard/Dockerfile",
    }
    assert all((ROOT / file).is_file() for file in files.values())


@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_the_chart_takes_its_values(profile: str | None) -> None:
    config = CONFIG if profile is None else with_profile(profile)
    objects = render(*arguments(config), kinds=())
    images = set(re.findall(r"image': '([^']+)'", str(objects)))
    assert images == {
        f"repo-nextclose-{name}:tag-nextclose-{name}" for name in ("predictor", "transformer", "jobs", "dashboard")
    }
    service = one(objects, "InferenceService")["spec"]
    assert ("transformer" in service) == (profile == "separate")
    assert (service["predictor"]["minReplicas"] > 1) == (profile == "production")


@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_verification_is_the_chart_s_own_test(profile: str | None) -> None:
    config = CONFIG if profile is None else with_profile(profile)
    ask = one(render(*arguments(config), kinds=()), "Pod")
    (case,) = config["verify"]
    container = case["container"]
    (expected,) = ask["spec"]["containers"]
    for field in ("name", "command", "args", "env"):
        assert container[field] == expected[field], field
    assert container["image"] == "docker.io/nextclose/transformer"
    job = json.loads(case["executionMode"]["kubernetesCluster"]["overrides"])
    assert job["spec"]["template"]["metadata"]["labels"].items() <= ask["metadata"]["labels"].items()


def test_jobs_and_pods_do_not_change_with_every_run() -> None:
    selector = CONFIG["resourceSelector"]
    (denied,) = selector["deny"]
    assert denied == {"groupKind": "Job.batch", "image": [".*"], "labels": [".*"]}
    assert all("labels" not in allowed for allowed in selector["allow"])
