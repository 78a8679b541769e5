"""What the chart makes, as objects for those who go without Helm: kubectl, Argo CD, Flux."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.chart.rendering import Document, render

HELM_LABELS: Final = {"helm.sh/chart", "app.kubernetes.io/managed-by"}
# A Job cannot be changed, and only Helm gives a changed one another name: these make the others replace it. It does
# nothing where a model is served already.
REPLACED: Final = {
    "argocd.argoproj.io/sync-options": "Force=true,Replace=true",
    "kustomize.toolkit.fluxcd.io/force": "enabled",
}
# `kubectl delete -k ... -l app.kubernetes.io/component!=storage` leaves them.
STORAGE: Final = {"app.kubernetes.io/component": "storage"}
_NAMESPACES: Final = ("namespace-one", "namespace-two")


class Key(NamedTuple):
    """What names an object within a namespace."""

    group: str
    version: str
    kind: str
    name: str


def key_of(document: Document) -> Key:
    """The name of an object."""
    group, _, version = document["apiVersion"].rpartition("/")
    return Key(group, version, document["kind"], document["metadata"]["name"])


def chart_objects(values: Sequence[Path], kinds: Sequence[str]) -> dict[Key, dict[str, Any]]:
    """The objects that the chart makes of files of values, on a cluster with these kinds.

    They have no namespace, no label of Helm's and nothing of `helm test`. The subject of a RoleBinding needs no
    namespace either: without one it is an account of the binding's own.

    Raises:
        ValueError: the chart wrote its namespace where kubectl could not put another.
    """
    first, second = ({key_of(document): document for document in _rendered(values, kinds, n)} for n in _NAMESPACES)
    different = [key for key in first if first[key] != second.get(key)]
    if different:
        raise ValueError(f"expected objects that fit any namespace, got another in each for {different}")
    return first


def _rendered(values: Sequence[Path], kinds: Sequence[str], namespace: str) -> list[dict[str, Any]]:
    files = [f"--values={path}" for path in values]
    documents = render(*files, f"--namespace={namespace}", kinds=kinds)
    return [_plain(document, namespace) for document in documents if not _of_a_test(document)]


def _of_a_test(document: Document) -> bool:
    hook = "helm.sh/hook" in document["metadata"].get("annotations", {})
    selected = document.get("spec", {}).get("podSelector", {}).get("matchLabels", {})
    return hook or selected.get("app.kubernetes.io/component") == "test"


def _plain(document: Document, namespace: str) -> dict[str, Any]:
    made = _without_helm(document)
    del made["metadata"]["namespace"]
    for subject in made.get("subjects", []):
        del subject["namespace"]
    match made["kind"]:
        case "Job":
            made["metadata"]["annotations"] = REPLACED
        case "PersistentVolumeClaim":
            made["metadata"]["labels"] |= STORAGE
        case "PrometheusRule":
            made["spec"] = _of_any(made["spec"], namespace)
    return dict(made)


def _of_any(rules: Any, namespace: str) -> Any:
    """Rules that look at any namespace; those they find are labelled by their own."""
    if isinstance(rules, dict):
        return {
            name: _of_any(inner, namespace)
            for name, inner in rules.items()
            if (name, inner) != ("namespace", namespace)
        }
    if isinstance(rules, list):
        return [_of_any(inner, namespace) for inner in rules]
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
