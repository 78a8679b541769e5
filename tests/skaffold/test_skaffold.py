"""skaffold.yaml is valid for Skaffold's schema and consistent with the chart, the images and `helm test`.

v4beta14.json is Skaffold's schema (Apache-2.0) without descriptions.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.rendering import CHART, find_only, render

ROOT = CHART.parents[1]
CONFIG = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
PROFILES = {profile["name"]: profile for profile in CONFIG["profiles"]}


def with_profile(name: str) -> dict[str, Any]:
    """Return the configuration with the patches of a profile; fails if a patch does not apply."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    for patch in PROFILES[name]["patches"]:
        *parents, last = patch["path"].removeprefix("/").split("/")
        target: Any = config
        for part in parents:
            target = target[int(part) if isinstance(target, list) else part]
        assert (last in target) == (patch["op"] == "replace"), patch
        target[last] = patch["value"]
    return config


def helm_arguments(config: dict[str, Any]) -> list[str]:
    """Return the arguments of helm, with image names as Skaffold inserts them."""
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


def test_configuration_is_valid_for_the_schema() -> None:
    jsonschema.validate(CONFIG, json.loads((Path(__file__).parent / "v4beta14.json").read_text()))
    assert CONFIG["apiVersion"] == "skaffold/v4beta14"


def test_each_image_has_its_target_and_dependencies() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    targets = {}
    for artifact in CONFIG["build"]["artifacts"]:
        command = artifact["custom"]["buildCommand"]
        targets[artifact["image"]] = command.rpartition("TARGET=")[2]
        assert command.startswith("make ")
        assert set(artifact["custom"]["dependencies"]["paths"]) == {".dockerignore", "Dockerfile", *allowed}
    assert targets == {
        f"docker.io/nextclose/{name}": name for name in ("predictor", "transformer", "jobs", "dashboard")
    }


@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_chart_accepts_the_values(profile: str | None) -> None:
    config = CONFIG if profile is None else with_profile(profile)
    objects = render(*helm_arguments(config), kinds=())
    images = set(re.findall(r"image': '([^']+)'", str(objects)))
    assert images == {
        f"repo-nextclose-{name}:tag-nextclose-{name}" for name in ("predictor", "transformer", "jobs", "dashboard")
    }
    service = find_only(objects, "InferenceService")["spec"]
    assert ("transformer" in service) == (profile == "separate")
    assert (service["predictor"]["minReplicas"] > 1) == (profile == "production")


@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_verification_equals_the_test_of_the_chart(profile: str | None) -> None:
    config = CONFIG if profile is None else with_profile(profile)
    test_pod = find_only(render(*helm_arguments(config), kinds=()), "Pod")
    (case,) = config["verify"]
    container = case["container"]
    (expected,) = test_pod["spec"]["containers"]
    for field in ("name", "command", "args", "env"):
        assert container[field] == expected[field], field
    assert container["image"] == "docker.io/nextclose/transformer"
    job = json.loads(case["executionMode"]["kubernetesCluster"]["overrides"])
    assert job["spec"]["template"]["metadata"]["labels"].items() <= test_pod["metadata"]["labels"].items()


def test_skaffold_does_not_label_jobs() -> None:
    selector = CONFIG["resourceSelector"]
    (denied,) = selector["deny"]
    assert denied == {"groupKind": "Job.batch", "image": [".*"], "labels": [".*"]}
    assert all("labels" not in allowed for allowed in selector["allow"])
