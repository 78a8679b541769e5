"""NOTES: the commands are complete and name existing objects."""

import re
import shlex
import subprocess

import pytest
import yaml

from tests.chart.cases import FILES, frontend_service, helm_arguments
from tests.chart.rendering import CHART, find_only, render
from tests.programs import require_program


def notes(*values: str) -> str:
    helm = str(require_program("helm"))
    command = [helm, "install", "nextclose", str(CHART), "--namespace=forecasts", "--dry-run=client", *values]
    done = subprocess.run(
        [*command, "--set=checks.crds=false"], capture_output=True, text=True, check=False, timeout=60
    )
    if "incompatible with Kubernetes" in done.stderr:
        pytest.skip("this build of helm has no version of Kubernetes")
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("NOTES:\n")[2]


def commands(text: str) -> list[list[str]]:
    """Return the commands, split as a shell does."""
    joined = re.sub(r"\\\n\s+", "", text)
    return [shlex.split(line, comments=True) for line in joined.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize("case", FILES)
def test_commands_name_existing_objects(case: str) -> None:
    objects = render(*helm_arguments(case))
    name = find_only(objects, "InferenceService")["metadata"]["name"]
    existing = {
        f"inferenceservice/{name}",
        f"service/{name}-{frontend_service(case)}",
        *(f"cronjob/{document['metadata']['name']}" for document in objects if document["kind"] == "CronJob"),
        *(f"service/{name}-dashboard" for document in objects if document["metadata"]["name"] == f"{name}-dashboard"),
    }
    lines = commands(notes(*helm_arguments(case)))
    assert {line[0] for line in lines} == {"kubectl", "helm", "curl"}
    named = {word.removeprefix("--from=") for line in lines for word in line}
    assert {word for word in named if re.match(r"(inferenceservice|service|cronjob)/", word)} == existing
    assert all(line[1:3] == ["-n", "forecasts"] for line in lines if line[0] != "curl")


def test_request_uses_a_collected_symbol() -> None:
    request = next(line for line in commands(notes("--set=prices.symbols={VALE3.SA}")) if "-d" in line)
    document = yaml.safe_load(request[request.index("-d") + 1])
    assert document["inputs"][0]["data"] == ["VALE3.SA"]


def test_notes_name_disabled_and_missing_parts() -> None:
    assert "until you set a storageUri" in notes("--set=bootstrap.enabled=false")
    assert "Skipped PodMonitor and PrometheusRule: the cluster does not have that resource type" in notes()
    assert "storage.keep is false" in notes("--set=storage.keep=false")


def test_notes_name_the_requirements_of_an_object_store() -> None:
    text = notes(*helm_arguments("s3"))
    assert "Versions and prices are stored at s3://forecasts/nextclose. The bucket must exist, and in" in text
    assert "Secret\nnextclose-s3 with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. KServe's" in text
    assert "serving.kserve.io/s3-endpoint" in text
    assert "delete pvc" not in text
    by_role = notes(*helm_arguments("s3-separate"))
    assert "The bucket must exist.\nEvents and the state of the pods name missing parts" in by_role


def test_notes_ask_for_the_url_of_the_runbooks() -> None:
    assert "Set monitoring.runbooks to the URL" in notes()
    assert "monitoring.runbooks" not in notes("--set=monitoring.runbooks=https://git.example.com/runbooks")
    neither = ["--set=monitoring.prometheusRule.enabled=false", "--set=monitoring.dashboards.enabled=false"]
    assert "monitoring.runbooks" not in notes(*neither)
