"""What makes one set of objects into another, as a component of kustomize: added, changed, removed."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.manifests.chart_objects import Key

Objects = Mapping[Key, Mapping[str, Any]]
Operation = dict[str, Any]


def patches(base: Objects, wanted: Objects) -> list[dict[str, Any]]:
    """Patches, as a kustomization has them, that remove what is not wanted and change what differs."""
    made: list[dict[str, Any]] = [{"patch": _removal(key)} for key in base if key not in wanted]
    for key in base:
        found = list(operations(base[key], wanted.get(key, base[key])))
        if found:
            target = {part: text for part, text in key._asdict().items() if text}
            made.append({"target": target, "patch": found})
    return made


def operations(old: Any, new: Any, path: str = "") -> Iterator[Operation]:
    """A JSON Patch (RFC 6902) from one document to another; lists of another length are replaced whole."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in new:
                yield {"op": "remove", "path": here}
            elif name not in old:
                yield {"op": "add", "path": here, "value": new[name]}
            else:
                yield from operations(old[name], new[name], here)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from operations(one, other, f"{path}/{index}")
    else:
        yield {"op": "replace", "path": path, "value": new}


def _removal(key: Key) -> dict[str, Any]:
    version = f"{key.group}/{key.version}" if key.group else key.version
    return {"apiVersion": version, "kind": key.kind, "metadata": {"name": key.name}, "$patch": "delete"}
