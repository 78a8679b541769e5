"""The objects of the chart, prepared for use without Helm: with kubectl, Argo CD or Flux."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.chart.rendering import Document, render

HELM_LABELS: Final = {"helm.sh/chart", "app.kubernetes.io/managed-by"}
# A Job is immutable, and only Helm gives a changed Job another name. These annotations let Argo CD and Flux replace it;
# the new Job does nothing if a model is served already.
REPLACED: Final = {
    "argocd.argoproj.io/sync-options": "Force=true,Replace=true",
    "kustomize.toolkit.fluxcd.io/force": "enabled",
}
# `kubectl delete -k ... -l app.kubernetes.io/component!=storage` keeps the objects with this label.
STORAGE: Final = {"app.kubernetes.io/component": "storage"}
_NAMESPACES: Final = ("namespace-one", "namespace-two")


class Key(NamedTuple):
    """Identity of an object within a namespace."""

    group: str
    version: str
    kind: str
    name: str


def key_of(document: Document) -> Key:
    """Return the identity of an object."""
    group, _, version = document["apiVersion"].rpartition("/")
    return Key(group, version, document["kind"], document["metadata"]["name"])


def chart_objects(values: Sequence[Path], kinds: Sequence[str]) -> dict[Key, dict[str, Any]]:
    """Return the objects of the chart without namespace, without labels of Helm and without `helm test`.

    The subject of a RoleBinding needs no namespace either: by default, it is a ServiceAccount in the namespace of the
    binding.

    Args:
        values: Files of values.
        kinds: Kinds that the cluster has.

    Raises:
        ValueError: An object contains the namespace in a field that kubectl does not change.
    """
    first, second = ({key_of(document): document for document in _rendered(values, kinds, n)} for n in _NAMESPACES)
    different = [key for key in first if first[key] != second.get(key)]
    if different:
        raise ValueError(f"expected the same objects in every namespace, got differences in {different}")
    return first


def _rendered(values: Sequence[Path], kinds: Sequence[str], namespace: str) -> list[dict[str, Any]]:
    files = [f"--values={path}" for path in values]
    documents = render(*files, f"--namespace={namespace}", kinds=kinds)
    return [_prepared(document, namespace) for document in documents if not _belongs_to_test(document)]


def _belongs_to_test(document: Document) -> bool:
    hook = "helm.sh/hook" in document["metadata"].get("annotations", {})
    selected = document.get("spec", {}).get("podSelector", {}).get("matchLabels", {})
    return hook or selected.get("app.kubernetes.io/component") == "test"


def _prepared(document: Document, namespace: str) -> dict[str, Any]:
    prepared = _without_helm(document)
    del prepared["metadata"]["namespace"]
    for subject in prepared.get("subjects", []):
        del subject["namespace"]
    match prepared["kind"]:
        case "Job":
            prepared["metadata"]["annotations"] = REPLACED
        case "PersistentVolumeClaim":
            prepared["metadata"]["labels"] |= STORAGE
        case "PrometheusRule":
            prepared["spec"] = _for_any_namespace(prepared["spec"], namespace)
    return dict(prepared)


def _for_any_namespace(rules: Any, namespace: str) -> Any:
    """Remove the namespace from rules, so that they match all namespaces; alerts keep the namespace of their series."""
    if isinstance(rules, dict):
        return {
            name: _for_any_namespace(inner, namespace)
            for name, inner in rules.items()
            if (name, inner) != ("namespace", namespace)
        }
    if isinstance(rules, list):
        return [_for_any_namespace(inner, namespace) for inner in rules]
    return (
        rules.replace(f'namespace="{namespace}",', "").replace(f" in {namespace}", "")
        if isinstance(rules, str)
        else rules
    )


def _without_helm(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_helm(inner) for name, inner in value.items() if name not in HELM_LABELS}
    if isinstance(value, list):
        return [_without_helm(inner) for inner in value]
    return value
