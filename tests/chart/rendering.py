"""Rendering of the chart with the real helm."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.programs import require_program

CHART: Final = Path(__file__).parents[2] / "charts" / "nextclose"
KUBERNETES: Final = "1.34.0"
KINDS: Final = (
    "serving.kserve.io/v1beta1/InferenceService",
    "monitoring.coreos.com/v1/PodMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
)
Document = Mapping[str, Any]


def helm_template(
    *arguments: str, release: str = "nextclose", kinds: Sequence[str] = KINDS, chart: Path = CHART
) -> subprocess.CompletedProcess[str]:
    """Run `helm template`, which may fail."""
    helm = str(require_program("helm"))
    versions = [f"--api-versions={kind}" for kind in kinds]
    command = [
        helm,
        "template",
        release,
        str(chart),
        "--namespace=forecasts",
        f"--kube-version={KUBERNETES}",
        *versions,
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


def render(
    *arguments: str, release: str = "nextclose", kinds: Sequence[str] = KINDS, chart: Path = CHART
) -> list[Document]:
    """Render the chart; return all objects, sorted by kind and name."""
    done = helm_template(*arguments, release=release, kinds=kinds, chart=chart)
    assert done.returncode == 0, done.stderr
    documents = [document for document in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if document]
    return sorted(documents, key=lambda document: (document["kind"], document["metadata"]["name"]))


def refusal(*arguments: str, kinds: Sequence[str] = KINDS) -> str:
    """Return the error message of helm for invalid values."""
    done = helm_template(*arguments, kinds=kinds)
    assert done.returncode != 0, "helm accepted these values"
    return done.stderr


def find_only(documents: Sequence[Document], kind: str, name: str | None = None) -> Document:
    """Return the only object of a kind, or the one with a given name."""
    found = [d for d in documents if d["kind"] == kind and name in {None, d["metadata"]["name"]}]
    assert len(found) == 1, f"{kind} {name}: {len(found)} found"
    return found[0]


def pod_specs(documents: Sequence[Document]) -> dict[str, Document]:
    """Return the pod specifications of a render; serving pods combine the ServingRuntime and the InferenceService."""
    runtime = find_only(documents, "ServingRuntime")["spec"]
    found: dict[str, Document] = {}
    for document in documents:
        name, spec = f"{document['kind']}/{document['metadata']['name']}", document.get("spec", {})
        match document["kind"]:
            case "InferenceService":
                predictor = spec["predictor"]
                main = {**runtime["containers"][0], **predictor["model"]}
                found[f"{name}/predictor"] = {**predictor, "containers": [main, *predictor.get("containers", [])]}
                if "transformer" in spec:
                    found[f"{name}/transformer"] = spec["transformer"]
            case "Job" | "Deployment":
                found[name] = spec["template"]["spec"]
            case "CronJob":
                found[name] = spec["jobTemplate"]["spec"]["template"]["spec"]
            case "Pod":
                found[name] = spec
    return found


def environment(container: Document) -> dict[str, str | None]:
    """Return the variables of a container; None for a value from a Secret or a ConfigMap."""
    return {entry["name"]: entry.get("value") for entry in container["env"]}
