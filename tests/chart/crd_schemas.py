"""JSON schemas that kubeconform reads, made from a cluster's own and from the CustomResourceDefinitions of a folder.

    kubectl get --raw /openapi/v2 > openapi.json
    python tests/chart/crd_schemas.py openapi.json FOLDER

Written beside this file as schemas/<group>/<kind>_<version>.json, only of kinds that the chart makes.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

SCHEMAS: Final = Path(__file__).parent / "schemas"
KINDS: Final = {
    "ConfigMap",
    "CronJob",
    "Deployment",
    "InferenceService",
    "Job",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "ServingRuntime",
}
CUSTOM_GROUPS: Final = {"serving.kserve.io", "monitoring.coreos.com"}
_REF: Final = "#/definitions/"
_NUMBER_OR_TEXT: Final = {"type": ["integer", "number", "string"]}


def strict(schema: Any) -> Any:
    """A schema that refuses fields it does not name, without descriptions, which nothing here reads."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return _NUMBER_OR_TEXT
    made = {
        # A property may be called "description" as well; its schema is no text.
        key: {name: strict(value) for name, value in inner.items()} if key == "properties" else strict(inner)
        for key, inner in schema.items()
        if not (key == "description" and isinstance(inner, str)) and not key.startswith("x-kubernetes-")
    }
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and not open_ended:
        made["additionalProperties"] = False
    return made


def referred(schema: Any) -> set[str]:
    """Names of the definitions that a schema refers to itself."""
    if isinstance(schema, list):
        return set().union(*map(referred, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    here = {schema["$ref"].removeprefix(_REF)} if isinstance(schema.get("$ref"), str) else set()
    return here.union(*map(referred, schema.values()))


def from_openapi(path: Path) -> None:
    """Schemas of Kubernetes' own kinds, each with the definitions that it needs."""
    definitions = json.loads(path.read_text())["definitions"]
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"x-kubernetes-int-or-string": True}
    for definition in definitions.values():
        for identity in definition.get("x-kubernetes-group-version-kind", []):
            group, version, kind = identity["group"], identity["version"], identity["kind"]
            # Those of custom resources are made from their definitions: the cluster's own copy is without formats.
            if kind not in KINDS or group in CUSTOM_GROUPS:
                continue
            needed: set[str] = set()
            waiting = referred(definition)
            while waiting:
                needed |= waiting
                waiting = set().union(*(referred(definitions[name]) for name in waiting)) - needed
            document = strict(definition) | {
                "definitions": {name: strict(definitions[name]) for name in sorted(needed)}
            }
            write(group, kind, version, document)


def from_crds(folder: Path) -> None:
    """Schemas of the kinds that others brought to the cluster."""
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            spec = (document or {}).get("spec", {})
            if spec.get("names", {}).get("kind") not in KINDS:
                continue
            for version in spec["versions"]:
                made = strict(version["schema"]["openAPIV3Schema"])
                made["properties"]["metadata"] = {"type": "object"}
                write(spec["group"], spec["names"]["kind"], version["name"], made)


def write(group: str, kind: str, version: str, document: dict[str, Any]) -> None:
    """Writes one schema, in one line, where kubeconform looks: Kubernetes' core is named by its version."""
    target = SCHEMAS / (group or version) / f"{kind.lower()}_{version}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    from_openapi(Path(sys.argv[1]))
    from_crds(Path(sys.argv[2]))
