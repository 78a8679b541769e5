"""Difference between two sets of objects, as patches of a kustomize component."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.manifests.chart_objects import Key

Objects = Mapping[Key, Mapping[str, Any]]
Operation = dict[str, Any]


def patches(base: Objects, target_objects: Objects) -> list[dict[str, Any]]:
    """Return kustomize patches that remove and change objects of the base; added objects are not included.

    Args:
        base: Objects to patch.
        target_objects: Objects after the patches.
    """
    found: list[dict[str, Any]] = [{"patch": _removal(key)} for key in base if key not in target_objects]
    for key in base:
        changes = list(operations(base[key], target_objects.get(key, base[key])))
        if changes:
            target = {part: text for part, text in key._asdict().items() if text}
            found.append({"target": target, "patch": changes})
    return found


def operations(old: Any, new: Any, path: str = "") -> Iterator[Operation]:
    """Iterate over the operations of a JSON Patch (RFC 6902) from one document to another.

    A list whose length changes is replaced as a whole.

    Args:
        old: Document before the patch.
        new: Document after the patch.
        path: JSON pointer to the documents.
    """
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in new:
                yield {"op": "remove", "path": pointer}
            elif name not in old:
                yield {"op": "add", "path": pointer, "value": new[name]}
            else:
                yield from operations(old[name], new[name], pointer)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from operations(one, other, f"{path}/{index}")
    else:
        yield {"op": "replace", "path": path, "value": new}


def _removal(key: Key) -> dict[str, Any]:
    version = f"{key.group}/{key.version}" if key.group else key.version
    return {"apiVersion": version, "kind": key.kind, "metadata": {"name": key.name}, "$patch": "delete"}
