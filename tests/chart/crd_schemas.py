"""Generate JSON schemas for kubeconform from a cluster's OpenAPI document and a folder of CustomResourceDefinitions.

    kubectl get --raw /openapi/v2 > openapi.json
    python tests/chart/crd_schemas.py openapi.json FOLDER

Writes schemas/<group>/<kind>_<version>.json next to this file, for the kinds that the chart renders.
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
    """Return a copy of a schema that refuses unknown fields, without descriptions."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return _NUMBER_OR_TEXT
    result = {
        # A property may also be named "description"; its value is a schema, not a text.
        key: {name: strict(value) for name, value in inner.items()} if key == "properties" else strict(inner)
        for key, inner in schema.items()
        if not (key == "description" and isinstance(inner, str)) and not key.startswith("x-kubernetes-")
    }
    open_ended = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and not open_ended:
        result["additionalProperties"] = False
    return result


def referred(schema: Any) -> set[str]:
    """Return the names of the definitions to which a schema refers directly."""
    if isinstance(schema, list):
        return set().union(*map(referred, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(_REF)} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*map(referred, schema.values()))


def from_openapi(path: Path) -> None:
    """Write schemas of the built-in kinds, each with the definitions that it needs."""
    definitions = json.loads(path.read_text())["definitions"]
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"x-kubernetes-int-or-string": True}
    for definition in definitions.values():
        for identity in definition.get("x-kubernetes-group-version-kind", []):
            group, version, kind = identity["group"], identity["version"], identity["kind"]
            # Custom resources are generated from their definitions, because the OpenAPI document lacks their formats.
            if kind not in KINDS or group in CUSTOM_GROUPS:
                continue
            needed: set[str] = set()
            pending = referred(definition)
            while pending:
                needed |= pending
                pending = set().union(*(referred(definitions[name]) for name in pending)) - needed
            document = strict(definition) | {
                "definitions": {name: strict(definitions[name]) for name in sorted(needed)}
            }
            write(group, kind, version, document)


def from_crds(folder: Path) -> None:
    """Write schemas of custom resources."""
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            spec = (document or {}).get("spec", {})
            if spec.get("names", {}).get("kind") not in KINDS:
                continue
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                write(spec["group"], spec["names"]["kind"], version["name"], schema)


def write(group: str, kind: str, version: str, document: dict[str, Any]) -> None:
    """Write one schema in one line. The folder of the core group is named after its version, as kubeconform expects."""
    target = SCHEMAS / (group or version) / f"{kind.lower()}_{version}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    from_openapi(Path(sys.argv[1]))
    from_crds(Path(sys.argv[2]))
